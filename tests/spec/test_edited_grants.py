"""AS-115: a grant edited in place; less needs nothing, more needs the person, and the stale edit of two gets 409."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from auth_server.models import Grant
from shared.scopes import Scope
from tests.auth_harness import PASSWORD, AuthHarness, RegisteredClient, auth_settings, later
from tests.consent_form import form_fields, own_origin, sign_in_browser
from tests.document_clients import CLAUDE, publish
from tests.document_host import DocumentHost

BOTH = {"read": ["personal", "work"], "write": ["personal"]}


@pytest.fixture
def app(ada: AuthHarness) -> RegisteredClient:
    """An app that may read personal and work, and write personal."""
    return ada.register()


@pytest.fixture
def tokens(ada: AuthHarness, app: RegisteredClient) -> dict[str, Any]:
    return ada.tokens(app, choices=BOTH)


def page_of(auth: AuthHarness, browser: TestClient | None = None) -> str:
    """The address of the form that changes the only grant, from the link on the page of connected apps."""
    [action] = set(re.findall(r"/account/grants/grt_[0-9a-z]+(?=\")", (browser or auth.http).get("/account/apps").text))
    return action


def opened(auth: AuthHarness, browser: TestClient | None = None) -> dict[str, list[str]]:
    """The form as it stands."""
    action = page_of(auth, browser)
    return form_fields((browser or auth.http).get(action).text, action)


def send(auth: AuthHarness, form: dict[str, Any], browser: TestClient | None = None) -> Any:
    """What saving the form leads to; a field of None is not there."""
    chosen = browser or auth.http
    fields = {name: value for name, value in form.items() if value is not None}
    return chosen.post(page_of(auth, chosen), data=fields, headers=own_origin(chosen))


def holds(auth: AuthHarness, token: dict[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    """Scope and details that the resource server hears of."""
    answer = auth.introspect(token["access_token"])
    return answer["scope"], answer["authorization_details"]


def test_the_form_is_ticked_as_the_grant_is(ada: AuthHarness, tokens: dict[str, Any]) -> None:
    """AS-115: what is not touched stays as it was."""
    assert tokens
    form = opened(ada)
    assert form["scope"] == ["memory:read", "memory:write"]
    assert (form["read"], form["write"], form["lifetime"]) == (["personal", "work"], ["personal"], ["0"])


def test_less_is_saved_at_once_and_needs_no_password(ada: AuthHarness, tokens: dict[str, Any]) -> None:
    """AS-115: whoever takes away is never asked twice, and offline access stays as it is."""
    form = opened(ada) | {"read": ["personal"], "scope": ["memory:read"]}
    assert "password" not in form
    answer = send(ada, form)
    assert answer.status_code == 303
    assert "Test app</strong> may do is changed" in ada.http.get(answer.headers["location"]).text
    reading = [{"type": "memory", "actions": ["read"], "namespaces": ["personal"]}]
    assert holds(ada, tokens) == ("memory:read offline_access", reading)


@pytest.mark.parametrize(
    "more",
    [
        {"write": ["personal", "work"]},
        {"read": ["*"]},
        {"new_namespace": "Book club"},
        {"tools": ["memory", "conversations", "graph", "history"]},
    ],
)
def test_more_needs_the_password_on_plain_http(ada: AuthHarness, tokens: dict[str, Any], more: dict[str, Any]) -> None:
    """AS-115: what would be new is said, and nothing is saved before the person confirms it."""
    form, before = opened(ada) | more, holds(ada, tokens)
    asked = send(ada, form)
    assert asked.status_code == 400
    assert "That is more than before" in asked.text
    assert holds(ada, tokens) == before
    again = form_fields(asked.text, page_of(ada))
    assert send(ada, again | {"password": ["not the password"]}).status_code == 400
    assert holds(ada, tokens) == before
    assert send(ada, again | {"password": [PASSWORD]}).status_code == 303
    assert holds(ada, tokens) != before


@pytest.fixture
def over_https(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AuthHarness]:
    """A server with https, where a recent sign-in is enough."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    public = {"issuer": "https://memory.example", "mcp_url": "https://mcp.example/mcp"}
    auth = AuthHarness(auth_settings(tmp_path, **public))
    with auth.http:
        auth.create_user()
        auth.sign_in()
        yield auth


def test_with_https_a_recent_sign_in_is_enough_to_allow_more(over_https: AuthHarness) -> None:
    """AS-115: for five minutes; then the password is asked for."""
    token = over_https.tokens(over_https.register(), choices=BOTH)
    assert send(over_https, opened(over_https) | {"write": ["personal", "work"]}).status_code == 303
    with later(minutes=6):
        asked = send(over_https, opened(over_https) | {"write": ["personal", "work", "music"]})
        assert asked.status_code == 400
        assert "password" in form_fields(asked.text, page_of(over_https))
        assert send(over_https, opened(over_https) | {"write": ["work"]}).status_code == 303
    assert holds(over_https, token)[1][-1]["namespaces"] == ["work"]


def test_of_two_browsers_with_the_same_form_the_second_gets_409(ada: AuthHarness, tokens: dict[str, Any]) -> None:
    """AS-115: it is shown what is true now, and that form can be saved."""
    phone = ada.new_browser()
    sign_in_browser(phone, "ada@example.org", PASSWORD)
    mine, other = opened(ada), opened(ada, phone)
    assert send(ada, mine | {"read": ["work"]}).status_code == 303
    stale = send(ada, other | {"write": None, "scope": ["memory:read"]}, phone)
    assert stale.status_code == 409
    assert "was changed meanwhile" in stale.text
    shown = form_fields(stale.text, page_of(ada, phone))
    assert (shown["read"], shown["write"], shown["revision"]) == (["work"], ["personal"], ["2"])
    assert [detail["namespaces"] for detail in holds(ada, tokens)[1]] == [["work"], ["personal"]]
    assert send(ada, shown | {"write": None, "scope": ["memory:read"]}, phone).status_code == 303


def test_a_permission_the_app_did_not_have_reaches_it_by_a_refresh(ada: AuthHarness) -> None:
    """AS-115, RFC 6749 §6: what the client may ask for can be allowed later; no new connection is needed."""
    client = ada.register()
    tokens = ada.tokens(client, choices={"scope": ["memory:read", "offline_access"], "write": []})
    more = {"scope": ["memory:read", "memory:write"], "write": ["personal"], "password": [PASSWORD]}
    assert send(ada, opened(ada) | more).status_code == 303
    refreshed = ada.refresh(client, tokens["refresh_token"]).json()
    assert refreshed["scope"] == "memory:read memory:write offline_access"


def test_what_the_client_may_not_ask_for_cannot_be_allowed(ada: AuthHarness) -> None:
    """AS-26: its registration bounds the form, whatever is sent."""
    ada.tokens(ada.register(scope="memory:read"), choices={"read": ["personal"]}, scope="memory:read")
    form = opened(ada)
    assert "write" not in form
    sent = form | {"scope": ["memory:read", "memory:write", "admin"], "write": ["personal"], "password": [PASSWORD]}
    assert send(ada, sent).status_code == 303
    with ada.database() as session:
        assert session.get_one(Grant, page_of(ada).rpartition("/")[2]).scopes == (Scope.MEMORY_READ,)


def test_refreshing_still_works_after_less_is_allowed(
    ada: AuthHarness, app: RegisteredClient, tokens: dict[str, Any]
) -> None:
    """OAuth 2.1 §4.3: with what is left, also for a client that names what it was granted."""
    assert send(ada, opened(ada) | {"write": None, "scope": ["memory:read"]}).status_code == 303
    refreshed = ada.refresh(app, tokens["refresh_token"], scope="memory:read memory:write")
    assert (refreshed.status_code, refreshed.json()["scope"]) == (200, "memory:read")


def test_taking_everything_away_offers_to_disconnect(ada: AuthHarness, tokens: dict[str, Any]) -> None:
    """AS-38, AS-115: nothing is saved, and the button that ends it is there."""
    answer = send(ada, opened(ada) | {"scope": None})
    assert answer.status_code == 400
    form = form_fields(answer.text, "/revoke")
    assert ada.introspect(tokens["access_token"])["active"] is True
    ended = ada.http.post(f"{page_of(ada)}/revoke", data=form, headers=own_origin(ada.http))
    assert ended.status_code == 303
    assert ada.introspect(tokens["access_token"]) == {"active": False}


def test_it_can_end_sooner_and_never_later(ada: AuthHarness) -> None:
    """AS-55, AS-115: the form offers what is shorter, and refuses the rest."""
    client = ada.register()
    tokens = ada.tokens(client, choices={"lifetime": "2592000"})
    form = opened(ada)
    assert send(ada, form | {"lifetime": ["15552000"]}).status_code == 400
    assert send(ada, form | {"lifetime": ["3600"]}).status_code == 303
    with ada.database() as session:
        grant = session.get_one(Grant, ada.introspect(tokens["access_token"])["grant_id"])
    assert grant.expires_at - grant.created_at < timedelta(minutes=61)
    with later(minutes=61):
        assert ada.refresh(client, tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_anothers_grant_and_an_ended_one_are_not_there(ada: AuthHarness, tokens: dict[str, Any]) -> None:
    """AS-38: to look at or to change; ids are no permission."""
    action, form = page_of(ada), opened(ada)
    ada.create_user("bob@example.org")
    bob = ada.new_browser()
    ada.sign_in("bob@example.org", browser=bob)
    token = form_fields(bob.get("/account/apps").text, "/logout")["csrf_token"]
    assert bob.get(action).status_code == 404
    assert bob.post(action, data=form | {"csrf_token": token}, headers=own_origin(bob)).status_code == 404
    assert ada.introspect(tokens["access_token"])["grant_rev"] == 1
    ada.http.post(f"{action}/revoke", data={"csrf_token": form["csrf_token"]}, headers=own_origin(ada.http))
    assert ada.http.get(action).status_code == 404
    assert ada.http.post(action, data=form, headers=own_origin(ada.http)).status_code == 404


@pytest.mark.parametrize(
    "odd",
    [
        {"revision": ["1", "1"]},
        {"revision": ["9" * 5000]},
        {"revision": ["\x00"]},
        {"lifetime": ["-1"]},
        {"lifetime": ["9" * 5000]},
        {"new_namespace": ["\x00\ud800"]},
        {"new_namespace": ["x" * 10_000]},
        {"read": ["x" * 10_000, "\x00"], "write": ["%"]},
    ],
)
def test_odd_fields_change_nothing(ada: AuthHarness, tokens: dict[str, Any], odd: dict[str, Any]) -> None:
    """AS-115: a clear answer each time."""
    form = {name: [part.encode(errors="surrogatepass") for part in value] for name, value in odd.items()}
    assert send(ada, opened(ada) | form).status_code in (400, 409)
    assert ada.introspect(tokens["access_token"])["grant_rev"] == 1


def test_a_narrowed_connection_is_not_remembered_as_it_was(reading: AuthHarness, document_host: DocumentHost) -> None:
    """AS-27: after an edit an app asks with the whole page again, for what it may no longer do or as long."""
    claude = publish(document_host, CLAUDE)
    reading.tokens(claude, choices=BOTH)
    assert "Continue with Claude?" in reading.authorize(claude).text
    assert send(reading, opened(reading) | {"write": None, "scope": ["memory:read"]}).status_code == 303
    assert "Connect Claude?" in reading.authorize(claude).text
    assert "Continue with Claude?" in reading.authorize(claude, scope="memory:read").text
    with later(minutes=2):
        assert send(reading, opened(reading) | {"lifetime": ["86400"]}).status_code == 303
        assert "Connect Claude?" in reading.authorize(claude, scope="memory:read").text
