"""Signing in at the pages through the installation's own authorization server (OpenID Connect Core §3.1)."""

from pathlib import Path
from urllib.parse import urlencode

import httpx2
import pytest
from limits import RateLimitItemPerMinute

from auth_server.models import Client
from auth_server.oauth import token_limits
from resource_server.web import sign_in_limits
from shared import own_pages
from tests.auth_harness import later
from tests.doors import Doors
from tests.key_holders import auth_session
from tests.loopback import LOOPBACK
from tests.single_port_doors import SinglePortDoors
from tests.web.browsing import SERVERS, Visitor, new_visitor, parameters_of


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


def test_nobody_else_can_be_that_client(doors: Doors) -> None:
    """OAuth 2.1 §2.4: its secret is needed, and what registers itself cannot ask for what it asks for."""
    with auth_session(doors) as session:
        client = session.get_one(Client, own_pages.CLIENT_ID)
        assert client.secret_digest
        assert client.redirect_uris == [f"{doors.origin}/signed-in"]
    form = {"grant_type": "authorization_code", "code": "ac_x", "client_id": own_pages.CLIENT_ID, "code_verifier": "v"}
    assert httpx2.post(f"{doors.issuer}/token", data=form, **LOOPBACK).status_code == 401
