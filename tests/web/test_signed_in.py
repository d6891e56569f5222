"""A browser that is signed in at the pages: its cookie, the tokens behind it, and what ends both."""

import secrets
from base64 import urlsafe_b64decode
from datetime import timedelta

import httpx2
import pytest
from sqlmodel import select

from auth_server.administration.accounts import unmake_administrator
from auth_server.models import User
from auth_server.people import create_user
from resource_server.web.sessions import Tokens, WebSessions
from resource_server.web.tables import WebSession
from shared import own_pages
from shared.database import open_engine, unit_of_work
from shared.master_key import MasterKey
from tests.auth_harness import later
from tests.consent_form import PASSWORD, form_fields
from tests.doors import MASTER_KEY, Doors, wait_until
from tests.key_holders import auth_session
from tests.loopback import LOOPBACK
from tests.web.browsing import SERVERS, Visitor, new_visitor


def test_tokens_stay_on_the_server(bea: Visitor) -> None:
    """AS-93: what the browser holds is a random cookie, and its digest names sealed tokens."""
    bea.page(SERVERS)
    row = row_of(bea)
    held = " ".join(str(cookie.value) for cookie in bea.http.cookies.jar)
    assert row.digest not in held
    assert b"eyJ" not in row.sealed
    assert tokens_of(bea).access_token not in held


def test_its_token_opens_no_memories(bea: Visitor) -> None:
    """RFC 9068 §4: a token of the pages is good for what its scopes say, and those are no tools."""
    bea.page(SERVERS)
    headers = {"Authorization": f"Bearer {tokens_of(bea).access_token}"}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
    call = message | {"params": {"name": "memory_store", "arguments": {"text": "x"}}}
    assert httpx2.post(bea.doors.mcp_url, json=call, headers=headers, **LOOPBACK).status_code == 403


def test_the_mcp_endpoint_ignores_cookies(bea: Visitor) -> None:
    """AS-92."""
    bea.page(SERVERS)
    message = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    assert bea.http.post(bea.doors.mcp_url, json=message).status_code == 401


def test_cookies_of_the_two_servers_have_names_of_their_own(bea: Visitor) -> None:
    """AS-31, AS-92: on plain http the installation is in the name, and neither takes the other's cookie."""
    bea.page(SERVERS)
    names = {cookie.name for cookie in bea.http.cookies.jar}
    mine = {name for name in names if name.startswith("ostiary_pages_")}
    assert mine
    assert all(name.startswith("ostiary_auth_") for name in names - mine)
    stranger = httpx2.Client(**LOOPBACK)
    with stranger:
        for cookie in bea.http.cookies.jar:
            if cookie.name in mine:
                stranger.cookies.set(cookie.name, str(cookie.value))
        assert "/login" in stranger.get(f"{bea.doors.issuer}/account/apps").headers["location"]


def test_cookies_are_host_cookies_with_https(cleo: Visitor) -> None:
    """AS-31: `__Host-`, Secure, HttpOnly, SameSite=Lax; all of it works at one port, too."""
    assert "Your servers" in cleo.page(SERVERS)
    question = cleo.get("/sign-out")
    assert question.status_code == 405
    begun = httpx2.get(cleo.doors.origin + SERVERS, **LOOPBACK)
    set_cookie = begun.headers["set-cookie"]
    assert set_cookie.startswith("__Host-ostiary_pages_sign_in=")
    assert {"Secure", "HttpOnly", "SameSite=lax", "Path=/"} <= {part.strip() for part in set_cookie.split(";")}


def test_tokens_are_replaced_while_the_browser_is_signed_in(bea: Visitor) -> None:
    """OAuth 2.1 §4.3: an access token lives for ten minutes, the session as long as somebody looks in."""
    bea.page(SERVERS)
    before = tokens_of(bea)
    with later(hours=23):
        wait_until(lambda: bea.get(SERVERS).status_code == 200)
        assert tokens_of(bea).access_token != before.access_token
    with later(hours=46):
        wait_until(lambda: bea.get(SERVERS).status_code == 200)


def test_a_session_ends_when_it_is_idle_and_after_its_longest_time(bea: Visitor) -> None:
    """AS-31."""
    bea.page(SERVERS)
    with later(hours=25):
        assert bea.get(SERVERS).status_code == 303
    with later(days=31):
        assert bea.get(SERVERS).status_code == 303


def test_a_new_sign_in_has_a_new_cookie_and_ends_the_old_one(bea: Visitor) -> None:
    """AS-31: session fixation."""
    bea.page(SERVERS)
    before = cookie_of(bea)
    bea.go_on(begin_again(bea))
    assert cookie_of(bea) != before
    assert status_with(bea, before) == 303


def test_disconnecting_the_pages_signs_out_there(bea: Visitor) -> None:
    """AS-93."""
    bea.page(SERVERS)
    apps = bea.http.get(f"{bea.doors.issuer}/account/apps")
    assert own_pages.CLIENT_NAME in apps.text
    fields = form_fields(apps.text, "/disconnect") | {"client_id": own_pages.CLIENT_ID}
    bea.http.post(f"{bea.doors.issuer}/account/apps/disconnect", data=fields, headers={"Origin": bea.doors.issuer})
    wait_until(lambda: bea.get(SERVERS).status_code == 303)


def test_signing_out_of_the_account_signs_out_there(bea: Visitor) -> None:
    """AS-93."""
    bea.page(SERVERS)
    apps = bea.http.get(f"{bea.doors.issuer}/account/apps")
    fields = form_fields(apps.text, "/logout")
    bea.http.post(f"{bea.doors.issuer}/logout", data=fields, headers={"Origin": bea.doors.issuer})
    wait_until(lambda: bea.get(SERVERS).status_code == 303)


def test_signing_out_ends_the_session_and_its_grant(bea: Visitor) -> None:
    """RFC 7009."""
    bea.page(SERVERS)
    before = cookie_of(bea)
    assert bea.submit(SERVERS, "/sign-out").status_code == 303
    assert status_with(bea, before) == 303
    assert own_pages.CLIENT_NAME not in bea.http.get(f"{bea.doors.issuer}/account/apps").text


@pytest.mark.parametrize("origin", ["http://localhost:1", "null", ""])
def test_a_form_of_another_page_is_refused(bea: Visitor, origin: str) -> None:
    """AS-91: another port of localhost is same-site, and refused all the same."""
    fields = form_fields(bea.page(SERVERS), "/sign-out")
    assert bea.post("/sign-out", fields, Origin=origin).status_code == 403
    assert bea.get(SERVERS).status_code == 200


def test_a_form_without_this_sessions_token_is_refused(bea: Visitor, ada: Visitor) -> None:
    """AS-91."""
    bea.page(SERVERS)
    assert bea.post("/sign-out", {}).status_code == 403
    assert bea.post("/sign-out", form_fields(ada.page(SERVERS), "/sign-out")).status_code == 403


def test_an_administrator_manages_only_while_they_are_one(doors: Doors) -> None:
    """AS-65, AS-119: the right is given when the button is pressed, and counts as long as the person has it."""
    visitor = new_visitor(doors, is_admin=True)
    with visitor.http:
        administration = f'href="{doors.issuer}/admin"'
        assert administration in visitor.page(SERVERS)
        with auth_session(doors) as session:
            create_user(session, f"{secrets.token_hex(4)}@example.org", PASSWORD, is_admin=True)
            unmake_administrator(session, session.get_one(User, visitor.user_id))
        wait_until(lambda: administration not in visitor.page(SERVERS))


def test_the_pages_say_so_when_nobody_can_be_asked(own_doors: Doors) -> None:
    """OAuth 2.1 §4.3: a server that is down is no reason to sign anybody out."""
    visitor = new_visitor(own_doors)
    with visitor.http:
        visitor.page(SERVERS)
        own_doors.stop_auth()
        own_doors.stop_resource()
        own_doors.start_resource(until_fresh=False)
        answer = visitor.get(SERVERS)
        assert answer.status_code == 503
        assert "text/html" in answer.headers["content-type"]
        own_doors.start_auth()
        wait_until(lambda: visitor.get(SERVERS).status_code == 200)


def begin_again(visitor: Visitor) -> str:
    """The question of a browser whose session cookie is not sent."""
    kept = {cookie.name: str(cookie.value) for cookie in visitor.http.cookies.jar}
    name = next(name for name in kept if name.startswith("ostiary_pages_"))
    visitor.http.cookies.delete(name)
    question = str(visitor.get(SERVERS).headers["location"])
    visitor.http.cookies.set(name, kept[name], domain="localhost.local")
    return question


def cookie_of(visitor: Visitor) -> tuple[str, str]:
    """Name and value of the session's cookie."""
    return next(
        (cookie.name, str(cookie.value))
        for cookie in visitor.http.cookies.jar
        if cookie.name.startswith("ostiary_pages_") and not cookie.name.endswith("_sign_in")
    )


def status_with(visitor: Visitor, cookie: tuple[str, str]) -> int:
    """What the list of servers answers to this cookie alone."""
    return httpx2.get(visitor.doors.origin + SERVERS, cookies=dict([cookie]), **LOOPBACK).status_code


def row_of(visitor: Visitor) -> WebSession:
    """What is stored of the person's session."""
    engine = open_engine(f"sqlite:///{visitor.doors.data_dir / 'resource.db'}")
    with unit_of_work(engine) as session:
        row = session.exec(select(WebSession).where(WebSession.user_id == visitor.user_id)).one()
        session.expunge(row)
    engine.dispose()
    return row


def tokens_of(visitor: Visitor) -> Tokens:
    """The tokens behind the person's session."""
    engine = open_engine(f"sqlite:///{visitor.doors.data_dir / 'resource.db'}")
    key = MasterKey(urlsafe_b64decode(MASTER_KEY + "="), "").derive("pages sessions")
    kept = WebSessions(engine, key, timedelta(days=1), timedelta(days=1)).find(cookie_of(visitor)[1])
    engine.dispose()
    assert kept is not None
    return kept.signed_in.tokens
