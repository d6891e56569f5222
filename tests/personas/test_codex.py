"""Codex, played: its strict issuer, its `resource` twice, and generations of refresh tokens that it mixes up.

The program itself is run by `tests/clients/test_agents.py`, as far as one installation goes.

- https://chatgpt.com/oauth/codex/client.json, as read on 2026-09-16 (in a public project's list): loopback addresses
  without a port, and `none`.
- openai/codex#28830 (2026-06), #34467 (2026-07): `oauth_resource` in its configuration puts `resource` in twice.
- #33354 (2026-07): where `iss` is advertised, an answer without it is an error. #37387: `resource` must equal the URL.
- #30460 (2026-09): a registered callback is `/callback/` and nine bytes of the SHA-256 of the MCP URL.
- #20729, #33403: the token request and the refresh name no resource. exceptionless/Exceptionless#2404 (2026-07): stale
  generations from sessions side by side.
"""

from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from datetime import timedelta
from hashlib import sha256

import httpx2
import pytest
import time_machine

from shared.clock import now
from tests.clients.seen import Flow
from tests.clients.watched_doors import WatchedDoors
from tests.loopback_callback import LoopbackCallback
from tests.personas.backend import Backend, Found, Habits
from tests.personas.hands import AtTheForm, AtTheScreen
from tests.personas.mcp_calls import McpCalls, store_and_find
from tests.personas.played import Played

DOCUMENT = {
    "client_id": "https://chatgpt.com/oauth/codex/client.json",
    "client_name": "Codex",
    "client_uri": "https://chatgpt.com",
    "redirect_uris": ["http://127.0.0.1/callback", "http://localhost/callback"],
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "token_endpoint_auth_method": "none",
}
HABITS = Habits(
    name="Codex",
    agent="codex_cli_rs/0.153.3",
    mcp_agent="codex_cli_rs/0.153.3",
    info={"name": "codex-mcp-client", "version": "0.153.3"},
    document=str(DOCUMENT["client_id"]),
    registration={
        "client_name": "Codex",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
        "application_type": "native",
    },
    parameters=(
        "response_type",
        "client_id",
        "state",
        "code_challenge",
        "code_challenge_method",
        "redirect_uri",
        "scope",
        "resource",
    ),
)


@pytest.fixture
def codex() -> Iterator[Backend]:
    """One installation."""
    with Backend(HABITS) as backend:
        yield backend


@pytest.fixture
def found(codex: Backend, place: WatchedDoors) -> Found:
    """Our server, discovered."""
    place.web.serve(HABITS.document, DOCUMENT, cache_control="public, max-age=300")
    return codex.discover(place.mcp_url)


def test_codex_connects_though_it_names_the_resource_twice(
    codex: Backend, found: Found, place: WatchedDoors, new_screen: Callable[[], AtTheScreen], played: Played
) -> None:
    """AS-8, AS-11, RFC 8707 §2: equal values are one resource; the answer carries exactly the issuer it expects."""
    with LoopbackCallback() as program:
        known, twice = codex.known_by_document(found), [found.resource, found.resource]
        asking = codex.ask(found, known, program.redirect_uri, resource=twice)
        assert asking.url.count("resource=") == 2
        tokens = codex.redeem(asking, new_screen().approve_for(asking, program))
    assert place.claims_of(tokens["access_token"])["aud"] == found.resource
    calls = McpCalls(HABITS, codex.http, found.resource, tokens["access_token"]).open()
    store_and_find(calls)
    played(HABITS, known, Flow.SIGN_IN, Flow.LIST_TOOLS, Flow.STORE_AND_SEARCH)


def test_codex_is_refused_when_its_two_resources_differ(codex: Backend, found: Found, ada: AtTheForm) -> None:
    """AS-18: a resource of somebody else beside ours; a page says so, for nobody approved this client before."""
    other = [found.resource, "api://somebody-else"]
    shown = ada.visit(
        codex.ask(found, codex.known_by_document(found), "http://127.0.0.1:1455/callback", resource=other).url
    )
    assert "location" not in shown.headers
    assert "resource" in shown.text


def test_codex_registers_a_callback_with_a_path_of_its_own(
    codex: Backend, place: WatchedDoors, ada: AtTheForm, played: Played
) -> None:
    """AS-2, AS-3: the path is compared, the port is not, from one day to the next."""
    with place.without_documents():
        found = codex.discover(place.mcp_url)
        path = urlsafe_b64encode(sha256(place.mcp_url.encode()).digest()[:9]).decode()
        known = codex.register(found, redirect_uris=[f"http://127.0.0.1:37819/callback/{path}"])
        asking = codex.ask(found, known, f"http://127.0.0.1:40213/callback/{path}", scope=None)
        tokens = codex.redeem(asking, ada.approve(asking))
        assert codex.renewed(asking, tokens["refresh_token"])["scope"] == tokens["scope"]
    played(HABITS, known, Flow.SIGN_IN, Flow.REFRESH)


def test_codex_gets_on_with_a_stale_generation_for_a_minute_and_no_longer(
    codex: Backend, found: Found, ada: AtTheForm
) -> None:
    """AS-52, AS-53: the last generation within its grace; the one before it is nobody's any more, grace or not."""
    asking = codex.ask(found, codex.known_by_document(found), "http://127.0.0.1:1455/callback")
    first = codex.redeem(asking, ada.approve(asking))["refresh_token"]
    second = codex.renewed(asking, first)["refresh_token"]
    with time_machine.travel(now() + timedelta(seconds=45)):
        assert codex.renewed(asking, first)["refresh_token"] == second
        third = codex.renewed(asking, second)["refresh_token"]
    with time_machine.travel(now() + timedelta(seconds=50)):
        stale = codex.refresh(asking, first)
        assert (stale.status_code, stale.json()["error"]) == (httpx2.codes.BAD_REQUEST, "invalid_grant")
        assert codex.refresh(asking, third).json()["error"] == "invalid_grant"
