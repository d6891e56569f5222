"""OpenID Connect Core §3.1.2.1: `prompt` and `max_age`, which ask for a sign-in of now."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from shared.clock import epoch, now
from tests.auth_harness import PASSWORD, AuthHarness, RegisteredClient, auth_settings, later
from tests.consent_form import consent_fields, form_fields, own_origin
from tests.openid_steps import WHO, read_id_token

BACK = "https://app.example/back"


@pytest.fixture(params=["http://localhost:9000", "https://auth.example.org"])
def place(request: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AuthHarness]:
    """Ada, signed in, on plain http and on https."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    mcp_url = "https://mcp.example.org/mcp" if request.param.startswith("https") else "http://localhost:8000/mcp"
    auth = AuthHarness(auth_settings(tmp_path, issuer=request.param, mcp_url=mcp_url))
    with auth.http:
        auth.create_user()
        auth.sign_in()
        yield auth


def asking(auth: AuthHarness, client: RegisteredClient, **changes: Any) -> Any:
    """The answer to the request."""
    asked = {"redirect_uri": BACK, "scope": WHO, "resource": None} | changes
    return auth.http.get("/authorize", params=auth.authorization_parameters(client, **asked))


def sign_in_at(browser: TestClient, location: str) -> str:
    """Types the password on that page; gives where it leads."""
    fields = form_fields(browser.get(location).text, "/login") | {"email": ["ada@example.org"], "password": [PASSWORD]}
    answer = browser.post("/login", data=fields, headers=own_origin(browser))
    assert answer.status_code == 303
    return str(answer.headers["location"])


def approved(auth: AuthHarness, client: RegisteredClient, page: str) -> dict[str, Any]:
    """The claims of the id_token that comes of this consent page."""
    answer = auth.http.post("/authorize", data=consent_fields(page), headers=own_origin(auth.http))
    code = answer.headers["location"].partition("code=")[2].partition("&")[0]
    tokens = auth.redeem(client, code, redirect_uri=BACK).json()
    return read_id_token(auth, tokens["id_token"])[1]


@pytest.mark.parametrize("changes", [{"prompt": "login"}, {"prompt": "login consent"}, {"max_age": "0"}])
def test_an_app_may_ask_for_a_sign_in_of_now(place: AuthHarness, changes: dict[str, str]) -> None:
    """OIDC Core §3.1.2.1: whoever is signed in signs in once more, then decides; `auth_time` is of now."""
    client = place.register(redirect_uris=[BACK])
    with later(minutes=3):
        first = asking(place, client, **changes)
        assert first.headers["location"].startswith("/login?")
        there = sign_in_at(place.http, first.headers["location"])
        page = place.http.get(there)
        assert page.status_code == 200
        assert approved(place, client, page.text)["auth_time"] == epoch(now())


def test_a_sign_in_of_now_counts_once(place: AuthHarness) -> None:
    """OIDC Core §3.1.2.1: the address that a sign-in led to is no way around the next one."""
    client = place.register(redirect_uris=[BACK])
    there = sign_in_at(place.http, asking(place, client, prompt="login").headers["location"])
    approved(place, client, place.http.get(there).text)
    assert place.http.get(there).headers["location"].startswith("/login?")


def test_a_sign_in_that_is_recent_enough_is_enough(place: AuthHarness) -> None:
    """OIDC Core §3.1.2.1: `max_age` asks only when it is longer ago."""
    client = place.register(redirect_uris=[BACK])
    with later(seconds=90):
        assert asking(place, client, max_age="3600").status_code == 200
        assert asking(place, client, max_age="60").headers["location"].startswith("/login?")


def test_the_page_knows_whom_the_app_expects(place: AuthHarness) -> None:
    """OIDC Core §3.1.2.1: `login_hint` fills the field; it signs nobody in."""
    client = place.register(redirect_uris=[BACK])
    location = asking(place, client, prompt="login", login_hint="grace@example.org").headers["location"]
    assert 'value="grace@example.org"' in place.http.get(location).text


@pytest.mark.parametrize("hint", ["<script>@x", "a@" + "b" * 10_000, "no address"])
def test_a_strange_hint_harms_nothing(place: AuthHarness, hint: str) -> None:
    """AS-1, AS-121: escaped, or left out."""
    client = place.register(redirect_uris=[BACK])
    page = place.http.get(asking(place, client, prompt="login", login_hint=hint).headers["location"])
    assert page.status_code == 200
    assert "<script>" not in page.text


def test_consent_is_asked_for_again_on_request(place: AuthHarness) -> None:
    """OIDC Core §3.1.2.1: `prompt=consent` shows the page; nobody signs in for it."""
    assert asking(place, place.register(redirect_uris=[BACK]), prompt="consent").status_code == 200


def test_nobody_is_sent_on_before_they_signed_in(place: AuthHarness) -> None:
    """AS-12: whatever the request has of OpenID Connect, an anonymous browser stays here."""
    client = place.register(redirect_uris=[BACK])
    for changes in ({"request": "eyJ"}, {"nonce": "x" * 2000}, {"prompt": "login"}, {"id_token_hint": "a.b.c"}):
        asked = place.authorization_parameters(client, redirect_uri=BACK, scope=WHO, **changes)
        answer = place.new_browser().get("/authorize", params=asked)
        assert answer.headers["location"].startswith("/login?")
