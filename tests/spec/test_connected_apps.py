"""OAuth 2.1 §7.9: a person sees what is connected and takes it back."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine
from sqlmodel import select

from auth_server.models import Grant, GrantChange
from tests.auth_harness import AuthHarness, RegisteredClient
from tests.consent_form import form_fields, own_origin
from tests.document_clients import CLAUDE, publish
from tests.document_host import DocumentHost

DISCONNECT = "/account/apps/disconnect"
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def press(auth: AuthHarness, path: str, **changes: Any) -> Any:
    """One of the page's buttons."""
    token = form_fields(auth.http.get("/account/apps").text, "/logout")["csrf_token"]
    return auth.http.post(path, data={"csrf_token": token} | changes, headers=own_origin(auth.http))


def only_grant(auth: AuthHarness, client: RegisteredClient) -> Grant:
    with auth.database() as session:
        return session.exec(select(Grant).where(Grant.client_id == client.id)).one()


def test_disconnecting_ends_every_token_of_the_app(ada: AuthHarness) -> None:
    """AS-38: introspection says inactive, refresh fails, and the change feed carries each grant."""
    client = ada.register()
    first, second = ada.tokens(client), ada.tokens(client)
    assert press(ada, DISCONNECT, client_id=client.id).status_code == 303
    for tokens in (first, second):
        assert ada.introspect(tokens["access_token"]) == {"active": False}
        assert ada.refresh(client, tokens["refresh_token"]).json()["error"] == "invalid_grant"
    with ada.database() as session:
        assert [change.state for change in session.exec(select(GrantChange))] == ["revoked", "revoked"]


def test_an_app_known_by_a_document_can_be_disconnected(reading: AuthHarness, document_host: DocumentHost) -> None:
    """AS-38: its client_id is a URL, and goes through the page's own form."""
    client = publish(document_host, CLAUDE)
    tokens = reading.tokens(client)
    form = form_fields(reading.http.get("/account/apps").text, DISCONNECT)
    answer = reading.http.post(DISCONNECT, data=form, headers=own_origin(reading.http))
    assert "<strong>Claude</strong> is disconnected" in reading.http.get(answer.headers["location"]).text
    assert reading.introspect(tokens["access_token"]) == {"active": False}


def test_taking_one_approval_back_leaves_the_others(ada: AuthHarness) -> None:
    """AS-38: one grant, one button."""
    client = ada.register()
    first = ada.tokens(client)
    grant = only_grant(ada, client)
    second = ada.tokens(client)
    assert press(ada, f"/account/grants/{grant.id}/revoke").status_code == 303
    assert ada.introspect(first["access_token"])["active"] is False
    assert ada.introspect(second["access_token"])["active"] is True


def test_a_code_on_its_way_dies_with_the_connection(ada: AuthHarness) -> None:
    """AS-38: disconnecting right after approving leaves nothing to redeem."""
    client = ada.connected_client()
    code = ada.approve(client)["code"]
    press(ada, DISCONNECT, client_id=client.id)
    assert ada.redeem(client, code).json()["error"] == "invalid_grant"


def test_one_person_cannot_disconnect_anothers_app(ada: AuthHarness) -> None:
    """AS-38: ids are no secrets, and no permission."""
    client = ada.register()
    tokens = ada.tokens(client)
    grant = only_grant(ada, client)
    ada.create_user("bob@example.org")
    bob = ada.new_browser()
    ada.sign_in("bob@example.org", browser=bob)
    token = form_fields(bob.get("/account/apps").text, "/logout")["csrf_token"]
    form = {"csrf_token": token, "client_id": client.id}
    for path in (f"/account/grants/{grant.id}/revoke", DISCONNECT):
        assert bob.post(path, data=form, headers=own_origin(bob)).status_code == 404
    assert ada.introspect(tokens["access_token"])["active"] is True
    assert "Test app" not in bob.get("/account/apps").text
    assert "Test app" not in bob.get("/account/apps", params={"disconnected": client.id}).text


def test_the_page_lists_what_holds_now(ada: AuthHarness) -> None:
    """AS-38: connected apps, not those whose code was never redeemed, nor those taken back or run out."""
    for name in ("Redeemed", "Approved only", "Taken back"):
        client = ada.register(client_name=name)
        if name == "Approved only":
            ada.approve(client)
        else:
            ada.tokens(client)
    press(ada, DISCONNECT, client_id=client.id)
    page = ada.http.get("/account/apps").text
    assert "Redeemed" in page
    assert "Approved only" not in page
    assert "Taken back" not in page


def test_a_grant_that_ran_out_is_gone(auth: AuthHarness) -> None:
    """AS-38, AS-55: an hour later there is nothing left to take back."""
    with time_machine.travel(NOON, tick=False) as clock:
        auth.create_user()
        auth.sign_in()
        auth.tokens(auth.register(client_name="For an hour"), choices={"lifetime": "3600"})
        assert "For an hour" in auth.http.get("/account/apps").text
        clock.shift(timedelta(hours=1, seconds=1))
        assert "For an hour" not in auth.http.get("/account/apps").text


def test_the_page_says_in_a_sentence_what_an_app_may_do(ada: AuthHarness) -> None:
    """AS-38: the union of its approvals, in words."""
    client = ada.register()
    ada.tokens(client, choices={"read": ["work"], "write": []})
    ada.tokens(client, choices={"read": ["personal"], "write": ["personal"]})
    page = ada.http.get("/account/apps").text
    assert "May read memories in personal and work, and write memories in personal." in page


def test_two_apps_of_one_name_are_told_apart_by_where_they_lead(ada: AuthHarness) -> None:
    """AS-38: the names are the apps' own; a program on this computer is one place, whatever its port."""
    for redirect_uri in ("https://claude.ai/callback", "https://claude.example/callback", "http://localhost/callback"):
        ada.tokens(ada.register(client_name="Claude", redirect_uris=[redirect_uri]))
    page = ada.http.get("/account/apps").text
    assert re.findall(r"Sends you to\s+<strong>([^<]+)</strong>( on this computer)?", page) == [
        ("localhost", " on this computer"),
        ("claude.example", ""),
        ("claude.ai", ""),
    ]


def test_times_are_words_with_the_instant_beside_them(auth: AuthHarness) -> None:
    """AS-38: "3 minutes ago", and exactly when on hover and for machines."""
    with time_machine.travel(NOON, tick=False) as clock:
        auth.create_user()
        auth.sign_in()
        client = auth.register()
        auth.tokens(client)
        clock.shift(timedelta(minutes=3))
        page = auth.http.get("/account/apps").text
    expected = '<time datetime="2026-11-21T12:00:00+00:00" title="21 November 2026, 12:00:00 UTC">3 minutes ago</time>'
    assert f"Allowed {expected}" in page


def test_the_empty_page_says_what_to_do(ada: AuthHarness) -> None:
    """AS-38: the address that apps need."""
    assert ada.settings.mcp_url in ada.http.get("/account/apps").text


def test_the_start_page_leads_where_the_person_belongs(ada: AuthHarness) -> None:
    """AS-12: to the apps, or to sign in."""
    assert ada.http.get("/").headers["location"] == "/account/apps"
    assert re.match(r"/login\?", ada.new_browser().get("/").headers["location"])
