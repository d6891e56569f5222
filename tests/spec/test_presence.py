"""RFC 8252 §8.3, OAuth 2.1 §7.12: on plain http, where cookies reach every port, a cookie alone approves nothing."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import time_machine
from sqlmodel import select
from starlette.testclient import TestClient

from auth_server.models import AuditEvent, Grant
from shared.clock import now
from tests.auth_harness import PASSWORD, AuthHarness, RegisteredClient, answer_parameters, auth_settings
from tests.consent_form import consent_fields, form_fields, own_origin

EMAIL = "ada@example.org"


def grants(auth: AuthHarness) -> int:
    with auth.database() as session:
        return len(session.exec(select(Grant)).all())


def press(browser: TestClient, form: dict[str, list[str]], **changes: list[str]) -> Any:
    """The form as the page sends it."""
    return browser.post("/authorize", data=form | changes, headers=own_origin(browser))


def consent_page(auth: AuthHarness, client: RegisteredClient) -> dict[str, list[str]]:
    """The form of somebody who signed in earlier, with Connect pressed and no password typed."""
    return consent_fields(auth.authorize(client).text, password="")


def sign_in_for(auth: AuthHarness, client: RegisteredClient) -> str:
    """Signs in on the way to the app's request; gives the address the browser is sent to."""
    waiting = auth.authorize(client)
    assert waiting.status_code == 303
    fields = form_fields(auth.http.get(waiting.headers["location"]).text, "/login")
    given = fields | {"email": [EMAIL], "password": [PASSWORD]}
    return str(auth.http.post("/login", data=given, headers=own_origin(auth.http)).headers["location"])


def thief(auth: AuthHarness) -> TestClient:
    """A program on another port that somebody visited: it has every cookie of the host, and nothing else."""
    browser = auth.new_browser()
    for cookie in auth.http.cookies.jar:
        browser.cookies.set(cookie.name, str(cookie.value), domain=cookie.domain, path=cookie.path)
    return browser


def test_a_session_cookie_alone_approves_nothing(ada: AuthHarness) -> None:
    """AS-31: whoever holds it sees the form, and is asked for what they do not have."""
    client, stolen = ada.register(), thief(ada)
    page = stolen.get("/authorize", params=ada.authorization_parameters(client))
    for password in ([], [""], ["guessed"], [PASSWORD, PASSWORD]):
        answer = press(stolen, consent_fields(page.text), password=password)
        assert answer.status_code == 400
        assert "location" not in answer.headers
    assert grants(ada) == 0


def test_a_cookie_stolen_right_after_signing_in_approves_nothing(auth: AuthHarness) -> None:
    """AS-31: what the sign-in proves is in the person's own address bar, not in the cookie."""
    auth.create_user()
    client = auth.register()
    parameters = auth.authorization_parameters(client)
    waiting = auth.http.get("/authorize", params=parameters)
    fields = form_fields(auth.http.get(waiting.headers["location"]).text, "/login")
    given = fields | {"email": [EMAIL], "password": [PASSWORD]}
    back = auth.http.post("/login", data=given, headers=own_origin(auth.http)).headers["location"]
    stolen = thief(auth)
    for query in (urlencode(parameters), f"{urlencode(parameters)}&signed_in=x"):
        assert (
            press(
                stolen, form_fields(stolen.get(f"/authorize?{query}").text, "/authorize") | {"decision": ["approve"]}
            ).status_code
            == 400
        )
    assert press(auth.http, consent_fields(auth.http.get(back).text, password="")).status_code == 303


def test_the_right_password_approves(ada: AuthHarness) -> None:
    """AS-31: every time anew."""
    for _ in range(2):
        form = consent_page(ada, ada.register())
        assert "code" in answer_parameters(press(ada.http, form, password=[PASSWORD]).headers["location"])
    assert grants(ada) == 2


def test_a_wrong_password_spends_nothing(ada: AuthHarness) -> None:
    """AS-25, AS-31: the error is at the field, the choice stays, the same form still counts; the attempt is audited."""
    client = ada.register()
    form = consent_page(ada, client) | {"scope": ["memory:read"]}
    refused = press(ada.http, form, password=["wrong"])
    assert refused.status_code == 400
    assert 'id="password-error"' in refused.text
    assert "memory:write" not in consent_fields(refused.text)["scope"]
    assert "wrong" not in consent_fields(refused.text, password="")["password"]
    assert press(ada.http, form, password=[PASSWORD]).status_code == 303
    with ada.database() as session:
        assert "sign_in_refused" in session.exec(select(AuditEvent.kind)).all()


def test_guessing_on_the_consent_page_has_the_limits_of_signing_in(ada: AuthHarness) -> None:
    """AS-33: 429 with Retry-After, and the right password waits too."""
    form = consent_page(ada, ada.register())
    assert [press(ada.http, form, password=["wrong"]).status_code for _ in range(10)] == [400] * 10
    refused = press(ada.http, form, password=[PASSWORD])
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 15 * 60
    assert grants(ada) == 0


def test_an_unusable_choice_is_told_before_the_password_is_looked_at(ada: AuthHarness) -> None:
    """AS-33: mending a form costs no attempts."""
    form = consent_page(ada, ada.register())
    before = ada.app.state.page_services.passwords.verifications
    assert press(ada.http, form, password=["wrong"], scope=[]).status_code == 400
    assert ada.app.state.page_services.passwords.verifications == before


def test_cancelling_needs_no_password(ada: AuthHarness) -> None:
    """AS-29: saying no is never harder than saying yes."""
    answer = press(ada.http, consent_page(ada, ada.register()), decision=["deny"], password=[])
    assert answer_parameters(answer.headers["location"])["error"] == "access_denied"


def test_a_double_click_verifies_nothing_twice(ada: AuthHarness) -> None:
    """AS-25: the second click of the same form gets its code, whatever has become of the password or the proof."""
    client = ada.register()
    form = consent_page(ada, client)
    first = press(ada.http, form, password=[PASSWORD])
    second = press(ada.http, form, password=[])
    assert (first.status_code, second.status_code) == (303, 303)
    assert ada.redeem(client, answer_parameters(second.headers["location"])["code"]).status_code == 200
    assert grants(ada) == 1


def test_signing_in_for_an_app_covers_one_approval(auth: AuthHarness) -> None:
    """AS-31: the page has no password field, also when it is loaded again; after the approval it has."""
    auth.create_user()
    back = sign_in_for(auth, auth.register())
    form = form_fields(auth.http.get(back).text, "/authorize") | {"decision": ["approve"]}
    assert "password" not in form
    other_tab = form_fields(auth.http.get(back).text, "/authorize") | {"decision": ["approve"]}
    assert "password" not in other_tab
    assert press(auth.http, form).status_code == 303
    assert press(auth.http, form).status_code == 303  # the double click
    assert press(auth.http, other_tab).status_code == 400
    assert "password" in form_fields(auth.http.get(back).text, "/authorize")
    assert grants(auth) == 1


def test_an_unusable_choice_leaves_the_proof_unspent(auth: AuthHarness) -> None:
    """AS-25: the form that is shown again still has no password field."""
    auth.create_user()
    back = sign_in_for(auth, auth.register())
    answer = press(auth.http, consent_fields(auth.http.get(back).text), scope=[])
    again = form_fields(answer.text, "/authorize")
    assert answer.status_code == 400
    assert "password" not in again
    assert press(auth.http, again | {"decision": ["approve"], "scope": ["memory:read"]}).status_code == 303


@pytest.mark.parametrize("change", ["another request", "another session", "another proof", "too old"])
def test_a_proof_is_for_one_request_in_one_session(auth: AuthHarness, change: str) -> None:
    """AS-26, AS-31: anywhere else it is as good as none."""
    auth.create_user()
    client = auth.register()
    back = sign_in_for(auth, client)
    proof = parse_qs(urlsplit(back).query)["signed_in"][0]
    if change == "another request":
        asked = f"/authorize?{urlencode(auth.authorization_parameters(auth.register()))}&signed_in={proof}"
    else:
        asked = back + ("x" if change == "another proof" else "")
    if change == "another session":
        auth.http = auth.new_browser()
        auth.sign_in()
    with time_machine.travel(now() + timedelta(minutes=16 if change == "too old" else 0), tick=False):
        assert "password" in form_fields(auth.http.get(asked).text, "/authorize")


def test_the_app_never_sees_the_proof(auth: AuthHarness) -> None:
    """RFC 9700 §4.2: it is no part of the request, and "Not you?" does not carry it on."""
    auth.create_user()
    page = auth.http.get(sign_in_for(auth, auth.register()))
    assert "signed_in" not in form_fields(page.text, "/logout")["next"][0]
    assert "signed_in" not in press(auth.http, consent_fields(page.text)).headers["location"]


def test_with_https_the_session_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """AS-31: a `__Host-` cookie is sent to this origin alone."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    auth = AuthHarness(auth_settings(tmp_path, issuer="https://auth.example.org", mcp_url="https://m.example.org/mcp"))
    auth.create_user()
    auth.sign_in()
    for _ in range(2):
        form = form_fields(auth.authorize(auth.register()).text, "/authorize") | {"decision": ["approve"]}
        assert "password" not in form
        assert press(auth.http, form).status_code == 303
