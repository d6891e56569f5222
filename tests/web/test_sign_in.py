"""Signing in at the pages through the installation's own authorization server (OpenID Connect Core §3.1)."""

import secrets
from base64 import urlsafe_b64decode
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import httpx2
import pytest
from limits import RateLimitItemPerMinute
from sqlmodel import select

from auth_server.administration.accounts import unmake_administrator
from auth_server.models import Client, User
from auth_server.oauth import token_limits
from auth_server.people import create_user
from resource_server.web import sign_in_limits
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
from tests.single_port_doors import SinglePortDoors
from tests.web.browsing import Visitor, new_visitor, parameters_of

SERVERS = "/servers"


def test_whoever_opens_their_servers_signs_in_and_comes_back(bea: Visitor) -> None:
    """AS-93: code, PKCE, state and nonce; AS-15: a page with a button stands before the code."""
    question = bea.get("/servers?all=1").headers["location"]
    asked = parameters_of(question)
    assert asked["code_challenge_method"] == "S256"
    assert asked.keys() >= {"state", "nonce", "code_challenge"}
    assert bea.go_on(question) == "/servers?all=1"
    assert bea.get(SERVERS).status_code == 200


def test_codes_that_a_stranger_made_up_keep_nobody_from_signing_in(
    doors: Doors, bea: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 6585 §4: at the token endpoint the pages are one client, whoever sends people there."""
    monkeypatch.setattr(token_limits, "FAILURES_OF_CLIENT", RateLimitItemPerMinute(2))
    with httpx2.Client(**LOOPBACK) as stranger:
        for _ in range(4):
            state = parameters_of(stranger.get(doors.origin + SERVERS).headers["location"])["state"]
            came = urlencode({"state": state, "iss": doors.issuer, "code": "made-up"})
            assert stranger.get(f"{doors.origin}{own_pages.REDIRECT_PATH}?{came}").status_code == 400
    assert bea.go_on(bea.get(SERVERS).headers["location"]) == SERVERS


def test_one_network_comes_back_from_so_many_sign_ins_a_minute(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 6585 §4."""
    monkeypatch.setattr(sign_in_limits, "OF_NETWORK", RateLimitItemPerMinute(2, namespace="FEW"))
    with httpx2.Client(**LOOPBACK) as stranger:
        came = [stranger.get(f"{doors.origin}{own_pages.REDIRECT_PATH}?state=x").status_code for _ in range(3)]
    assert came == [400, 400, 429]


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


@pytest.mark.parametrize("doors_of", [Doors, SinglePortDoors])
def test_an_issuer_below_a_path_signs_people_in(doors_of: type[Doors], tmp_path: Path) -> None:
    """AS-93, RFC 8414 §3: with a path, at a port of its own and behind the one port."""
    doors = doors_of(tmp_path)
    doors.issuer = f"{doors.issuer}/auth"
    doors.shared |= {"issuer": doors.issuer}
    doors.resource_settings |= {"auth_internal_url": f"http://127.0.0.1:{doors.auth_port}/auth"}
    doors.start_auth()
    doors.start_resource()
    visitor = new_visitor(doors)
    with visitor.http:
        page = visitor.page(SERVERS)
        assert f'href="{doors.issuer}/account/apps"' in page
        assert f'href="{doors.origin}/servers"' in visitor.get(f"{doors.issuer}/account/apps").text
    doors.close()


def test_an_answer_is_good_once_and_in_its_own_browser(bea: Visitor, ada: Visitor) -> None:
    """AS-32."""
    address = bea.answer(bea.get(SERVERS).headers["location"])
    assert ada.get(address).status_code == 400
    assert bea.get(address).status_code == 303
    assert bea.get(address).status_code == 400


def test_an_answer_after_ten_minutes_is_too_late(bea: Visitor) -> None:
    """AS-32."""
    question = bea.get(SERVERS).headers["location"]
    with later(minutes=11):
        assert bea.get(bea.answer(question)).status_code == 400


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


@pytest.mark.parametrize("change", [{"state": "forged"}, {"iss": "https://elsewhere.example"}, {"code": "ac_wrong"}])
def test_a_changed_answer_signs_nobody_in(bea: Visitor, change: dict[str, str]) -> None:
    """OAuth 2.1 §7.12, RFC 9207 §2.4."""
    address = bea.answer(bea.get(SERVERS).headers["location"])
    answer = bea.get(f"{address.partition('?')[0]}?{urlencode(parameters_of(address) | change)}")
    assert answer.status_code == 400
    assert "text/html" in answer.headers["content-type"]
    assert bea.get(SERVERS).status_code == 303


def test_somebody_elses_code_is_not_taken(bea: Visitor, ada: Visitor) -> None:
    """RFC 9700 §4.5: a code that was injected fails at PKCE and nonce."""
    theirs = parameters_of(ada.answer(ada.get(SERVERS).headers["location"]))
    address = bea.answer(bea.get(SERVERS).headers["location"])
    answer = bea.get(f"{address.partition('?')[0]}?{urlencode(parameters_of(address) | {'code': theirs['code']})}")
    assert answer.status_code == 400


def test_cancel_says_so_and_signs_nobody_in(bea: Visitor) -> None:
    """RFC 6749 §4.1.2.1."""
    answer = bea.get(bea.answer(bea.get(SERVERS).headers["location"], "deny"))
    assert answer.status_code == 403
    assert "chose not to go on" in answer.text


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


def test_nobody_else_can_be_that_client(doors: Doors) -> None:
    """OAuth 2.1 §2.4: its secret is needed, and what registers itself cannot ask for what it asks for."""
    with auth_session(doors) as session:
        client = session.get_one(Client, own_pages.CLIENT_ID)
        assert client.secret_digest
        assert client.redirect_uris == [f"{doors.origin}/signed-in"]
    form = {"grant_type": "authorization_code", "code": "ac_x", "client_id": own_pages.CLIENT_ID, "code_verifier": "v"}
    assert httpx2.post(f"{doors.issuer}/token", data=form, **LOOPBACK).status_code == 401


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
