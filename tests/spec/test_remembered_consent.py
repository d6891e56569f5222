"""MCP security best practices (per-client consent), CIMD §6.3: when one press is enough, and when to choose anew."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from auth_server.models import Grant
from shared.clock import now
from tests.auth_harness import PASSWORD, AuthHarness, RegisteredClient, answer_parameters, auth_settings, later
from tests.auth_server.test_catalog import canned_server
from tests.consent_form import consent_fields, form_fields, own_origin
from tests.document_clients import CLAUDE_CODE, VS_CODE, publish
from tests.document_host import DocumentHost

CALLBACK = "https://app.example/callback"
JWKS = {"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "https://app.example/jwks.json"}


class Known:
    """An app known by a document, allowed and used before."""

    def __init__(self, auth: AuthHarness, web: DocumentHost, app_id: str) -> None:
        self.auth, self.web, self.id = auth, web, app_id
        self.app = self.publish()
        auth.tokens(self.app, choices={"read": ["personal", "work"], "write": ["work"], "lifetime": ["2592000"]})

    def publish(self, **changes: Any) -> RegisteredClient:
        return publish(self.web, self.id, **({"redirect_uris": [CALLBACK]} | changes))

    def page(self, browser: TestClient | None = None, **changes: Any) -> str:
        """What the person is shown when the app asks again."""
        parameters = self.auth.authorization_parameters(self.app, **changes)
        answer = (browser or self.auth.http).get("/authorize", params=parameters)
        assert answer.status_code == 200, answer.text
        return str(answer.text)

    def send(self, form: dict[str, list[str]]) -> Any:
        return self.auth.http.post("/authorize", data=form, headers=own_origin(self.auth.http))

    def grants(self) -> list[Grant]:
        with self.auth.database() as session:
            return list(session.exec(select(Grant).where(Grant.client_id == self.id)))


@pytest.fixture
def known(reader: AuthHarness, web: DocumentHost, app_id: str) -> Known:
    """Claude by another address, and Ada's choice."""
    return Known(reader, web, app_id)


def is_short(page: str) -> bool:
    """Whether this is the page with one button, and not the one with the choices."""
    short, whole = "<h1>Continue with" in page, "<h1>Connect" in page
    assert short is not whole, page
    return short


def test_tools_of_servers_are_remembered_with_the_rest(known: Known) -> None:
    """AS-27."""
    asked = "memory:read gateway:call"
    assert not is_short(known.page(scope=asked))
    choices = {"scope": asked.split(), "read": ["personal"], "server_tool": ["github search", "files:reads *"]}
    before = known.auth.tokens(known.app, scope=asked, choices=choices)
    page = known.page(scope=asked)
    assert is_short(page)
    assert "May use all tools of files that change nothing, later ones too and the tool search of github." in page
    location = known.send(consent_fields(page)).headers["location"]
    body = known.auth.redeem(known.app, answer_parameters(location)["code"]).json()
    assert body["authorization_details"] == before["authorization_details"]
    more = json.dumps([{"type": "server", "server": "github", "tools": ["search", "merge"]}])
    assert not is_short(known.page(scope=asked, authorization_details=more))


def test_whoever_has_no_servers_is_not_asked_again_because_an_app_would_use_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, web: DocumentHost, app_id: str
) -> None:
    """Apps ask for every scope that the metadata lists."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    with canned_server(b'{"namespaces": [], "servers": []}') as url:
        auth = AuthHarness(auth_settings(tmp_path, resource_internal_url=url), web.network)
        with auth.http:
            auth.create_user()
            auth.sign_in()
            known = Known(auth, web, app_id)
            page = known.page(scope="memory:read memory:write gateway:call offline_access")
            assert is_short(page)
            assert known.send(consent_fields(page)).status_code == 303
            assert not is_short(known.page(scope="gateway:call"))


def test_what_was_allowed_before_is_allowed_with_one_press(known: Known) -> None:
    """AS-15, AS-27: a short page, one POST of its form, and a grant of its own with the same choice."""
    page = known.page()
    assert is_short(page)
    assert "Claude may read memories in personal and work, and write memories in work." in page
    assert "Verified domain <strong>app.example</strong>" in page
    location = known.send(consent_fields(page)).headers["location"]
    body = known.auth.redeem(known.app, answer_parameters(location)["code"]).json()
    assert body["scope"] == "memory:read memory:write offline_access"
    assert body["authorization_details"] == [
        {"type": "memory", "actions": ["read"], "namespaces": ["personal", "work"]},
        {"type": "memory", "actions": ["write"], "namespaces": ["work"]},
    ]
    lifetimes = [round((grant.expires_at - grant.created_at).total_seconds()) for grant in known.grants()]
    assert lifetimes == [2592000, 2592000]


def test_looking_at_the_short_page_grants_nothing(known: Known) -> None:
    """AS-15, OAuth 2.1 §3.1: GET issues no code, remembered or not."""
    assert is_short(known.page())
    assert len(known.grants()) == 1


def test_the_short_page_cancels_too(known: Known) -> None:
    """AS-29: access_denied."""
    location = known.send(consent_fields(known.page()) | {"decision": ["deny"]}).headers["location"]
    assert answer_parameters(location)["error"] == "access_denied"
    assert len(known.grants()) == 1


def test_the_short_page_needs_its_form_and_its_session(known: Known) -> None:
    """AS-25: once, and with the token of this session."""
    form = consent_fields(known.page())
    assert known.send(form | {"csrf_token": ["forged"]}).status_code == 403
    assert known.send(form).status_code == 303
    with later(seconds=11):
        assert known.send(form).status_code == 403


def test_the_short_page_asks_for_the_password_on_plain_http(known: Known) -> None:
    """AS-31: a cookie alone approves nothing there; the short page comes again with the sentence at its field."""
    form = consent_fields(known.page(), "not the password")
    again = known.send(form)
    assert again.status_code == 400
    assert is_short(again.text)
    assert known.send(consent_fields(again.text, PASSWORD)).status_code == 303


def test_a_link_leads_to_the_whole_page(known: Known) -> None:
    """AS-27: the same request, the earlier namespaces ticked, without JavaScript."""
    link = known.page().partition('href="/authorize?')[2].partition('"')[0].replace("&amp;", "&")
    whole = known.auth.http.get(f"/authorize?{link}").text
    assert not is_short(whole)
    assert form_fields(whole, "/authorize")["read"] == ["personal", "work"]
    assert known.send(consent_fields(whole)).status_code == 303


def test_the_link_keeps_the_proof_of_the_sign_in(known: Known) -> None:
    """AS-31: who has just signed in for this request types no password on either page."""
    browser = known.auth.new_browser()
    parameters = known.auth.authorization_parameters(known.app)
    login = browser.get("/authorize", params=parameters).headers["location"]
    fields = form_fields(browser.get(login).text, "/login") | {"email": ["ada@example.org"], "password": [PASSWORD]}
    target = browser.post("/login", data=fields, headers=own_origin(browser)).headers["location"]
    short = browser.get(target).text
    assert is_short(short)
    assert "password" not in form_fields(short, "/authorize")
    link = short.partition('href="/authorize?')[2].partition('"')[0].replace("&amp;", "&")
    assert "password" not in form_fields(browser.get(f"/authorize?{link}").text, "/authorize")


@pytest.mark.parametrize(
    ("request_", "short"),
    [
        ({"scope": "memory:read"}, True),
        ({"scope": None}, True),
        ({"state": "another"}, True),
        ({"prompt": "consent"}, False),
        ({"prompt": "select_account"}, False),
        ({"prompt": ""}, True),
        ({"authorization_details": '[{"type":"memory","actions":["read"],"namespaces":["work"]}]'}, True),
        ({"authorization_details": '[{"type":"memory","actions":["write"],"namespaces":["personal"]}]'}, False),
        ({"authorization_details": '[{"type":"memory","actions":["read"],"namespaces":["*"]}]'}, False),
    ],
)
def test_only_what_was_allowed_already_is_remembered(known: Known, request_: dict[str, Any], short: bool) -> None:
    """AS-27: scopes and details within the earlier choice; an app that asks for the page gets the page."""
    assert is_short(known.page(**request_)) is short


def test_remembering_answers_nobody_silently(known: Known) -> None:
    """AS-15, AS-17: `prompt=none` of an app that no administrator trusts is a page, whatever was allowed before."""
    answer = known.auth.authorize(known.app, prompt="none")
    assert (answer.status_code, answer.headers.get("location")) == (400, None)


def test_what_the_person_left_out_is_asked_again(reader: AuthHarness, web: DocumentHost, app_id: str) -> None:
    """AS-27: the earlier grant does not cover writing."""
    app = publish(web, app_id)
    reader.tokens(app, choices={"scope": ["memory:read", "offline_access"], "read": ["personal"]})
    assert not is_short(reader.authorize(app).text)
    assert is_short(reader.authorize(app, scope="memory:read offline_access").text)


def test_the_last_choice_is_the_one_remembered(known: Known) -> None:
    """AS-27: an older, wider grant that still holds is no reason to offer its width again."""
    known.auth.tokens(known.app, review="1", choices={"scope": ["memory:read"], "read": ["work"], "write": []})
    assert not is_short(known.page())
    assert "Claude may read memories in work." in known.page(scope="memory:read")


def test_the_short_page_grants_no_more_than_the_request(known: Known) -> None:
    """AS-26, AS-27: of what was allowed before, what is asked for now."""
    detail = '[{"type":"memory","actions":["read"],"namespaces":["work"]}]'
    page = known.page(scope="memory:read", authorization_details=detail)
    location = known.send(consent_fields(page)).headers["location"]
    body = known.auth.redeem(known.app, answer_parameters(location)["code"]).json()
    assert body["scope"] == "memory:read"
    assert body["authorization_details"] == [{"type": "memory", "actions": ["read"], "namespaces": ["work"]}]


@pytest.mark.parametrize("end", ["revoked_at", "expires_at"])
def test_what_has_ended_is_forgotten(known: Known, end: str) -> None:
    """AS-27: taken back or run out."""
    with known.auth.database() as session:
        setattr(session.exec(select(Grant).where(Grant.client_id == known.id)).one(), end, now())
    assert not is_short(known.page())


def test_an_approval_nobody_used_is_no_memory(reader: AuthHarness, web: DocumentHost, app_id: str) -> None:
    """AS-27: the code never came to tokens, so perhaps something was wrong with it."""
    app = publish(web, app_id)
    reader.approve(app)
    assert not is_short(reader.authorize(app).text)


def test_one_persons_consent_is_not_anothers(known: Known) -> None:
    """AS-27: per person."""
    email = f"bob{known.id[-20:-12].replace('/', '')}@example.org"
    known.auth.create_user(email)
    bob = known.auth.new_browser()
    known.auth.sign_in(email, browser=bob)
    assert not is_short(known.page(bob))


def test_another_of_the_apps_hosts_is_another_place(reader: AuthHarness, web: DocumentHost, app_id: str) -> None:
    """AS-27: per redirect host; another path of the same host is the same place."""
    uris = [CALLBACK, "https://app.example/other", "https://login.app.example/callback"]
    app = publish(web, app_id, redirect_uris=uris)
    reader.tokens(app)
    shown = [is_short(reader.authorize(app, redirect_uri=uri).text) for uri in uris]
    assert shown == [True, True, False]


@pytest.mark.parametrize(
    ("client_id", "redirect_uri"),
    [
        (CLAUDE_CODE, "http://localhost:8123/callback"),
        (VS_CODE, "http://127.0.0.1:33418/"),
        ("https://app.example/scheme.json", "com.example.app:/callback"),
    ],
)
def test_a_program_on_this_computer_is_never_recognised(
    reader: AuthHarness, web: DocumentHost, client_id: str, redirect_uri: str
) -> None:
    """AS-28, RFC 8252 §8.6: anybody can pose as it, so the person chooses every time."""
    app = publish(web, client_id, **({} if client_id in (CLAUDE_CODE, VS_CODE) else {"redirect_uris": [redirect_uri]}))
    code = reader.approve(app, redirect_uri=redirect_uri)["code"]
    assert reader.redeem(app, code, redirect_uri=redirect_uri).status_code == 200
    assert not is_short(reader.authorize(app, redirect_uri=redirect_uri).text)


def test_a_registered_app_is_never_recognised(reader: AuthHarness) -> None:
    """AS-28, MCP security best practices: its registration can be copied, word for word."""
    app = reader.connected_client(redirect_uris=[CALLBACK])
    assert not is_short(reader.authorize(app).text)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"client_name": "Claude Pro"}, "It used to call itself “Claude”."),
        (
            {"redirect_uris": [CALLBACK, "https://evil.example/callback"]},
            "The addresses it may send you to are",
        ),
        ({"redirect_uris": [CALLBACK], "client_name": "B"}, "until now: <strong>Claude</strong>"),
    ],
)
def test_an_app_that_changed_is_asked_about_again(known: Known, change: dict[str, Any], says: str) -> None:
    """AS-27, CIMD §6.3: the whole page, which says what is different; once allowed, it is remembered as it is now."""
    with later(hours=2):
        known.publish(**change)
        page = known.page()
        assert not is_short(page)
        assert says in page
        location = known.send(consent_fields(page)).headers["location"]
        assert known.auth.redeem(known.app, answer_parameters(location)["code"]).status_code == 200
        assert is_short(known.page())


@pytest.mark.parametrize(
    "change",
    [
        {"redirect_uris": [CALLBACK, CALLBACK]},
        {"logo_uri": "https://app.example/new.png"},
        {"client_uri": None},
        JWKS,
    ],
)
def test_what_decides_nothing_may_change(known: Known, change: dict[str, Any]) -> None:
    """AS-27, CIMD §6.3: the same addresses, another picture, a stronger method."""
    with later(hours=2):
        known.publish(**change)
        assert is_short(known.page())


@pytest.mark.parametrize(
    ("change", "short"),
    [({"jwks_uri": "https://app.example/rotated.json"}, True), ({"token_endpoint_auth_method": "none"}, False)],
)
def test_a_rotated_key_is_no_change_and_a_weaker_method_is(
    reader: AuthHarness, web: DocumentHost, app_id: str, change: dict[str, Any], short: bool
) -> None:
    """AS-27, CIMD §6.3.1: keys are replaced as a matter of hygiene; to prove nothing any more is another thing."""
    app = publish(web, app_id, **JWKS)
    reader.approve(app)
    with reader.database() as session:
        session.exec(select(Grant).where(Grant.client_id == app_id)).one().activated_at = now()
    assert is_short(reader.authorize(app).text)
    publish(web, app_id, **(JWKS | change))
    with later(hours=2):
        page = reader.authorize(app).text
        assert is_short(page) is short
        assert ("It proves less about who it is" in page) is not short
