"""Zed, played: its document, a preferred port that may be taken, and a registration that named one grant for a while.

- zed-industries/zed#51768 (2026-03): documents first, then registration; parameters in this order; the resource
  without a slash; `iss` is not looked at. It listens at port 27523, or at a free one.
- https://zed.dev/oauth/client-metadata.json, as served on 2026-09-21 (a public copy).
- zed-industries/zed#53784 (2026-04): its registration asked for `authorization_code` alone; by September 2026 for both.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine

from shared.clock import now
from tests.clients.seen import Flow
from tests.clients.watched_doors import WatchedDoors
from tests.loopback_callback import LoopbackCallback
from tests.personas.backend import Backend, Habits
from tests.personas.hands import AtTheForm, AtTheScreen
from tests.personas.mcp_calls import McpCalls, store_and_find
from tests.personas.played import Played

DOCUMENT = {
    "client_id": "https://zed.dev/oauth/client-metadata.json",
    "client_name": "Zed",
    "client_uri": "https://zed.dev",
    "redirect_uris": ["http://127.0.0.1/callback"],
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "token_endpoint_auth_method": "none",
    "logo_uri": "https://cdn.zed.dev/images/logo-dark.png",
}
HABITS = Habits(
    name="Zed",
    agent="Zed/1.1.6",
    mcp_agent="Zed/1.1.6",
    info={"name": "Zed", "version": "1.1.6"},
    document=str(DOCUMENT["client_id"]),
    registration={
        "client_name": "Zed",
        "redirect_uris": ["http://127.0.0.1:27523/callback"],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    },
    parameters=(
        "response_type",
        "client_id",
        "redirect_uri",
        "scope",
        "resource",
        "code_challenge",
        "code_challenge_method",
        "state",
    ),
    checks_issuer=False,
)


@pytest.fixture
def zed() -> Iterator[Backend]:
    """One installation."""
    with Backend(HABITS) as backend:
        yield backend


def test_zed_connects_by_its_document_at_a_free_port(
    zed: Backend, place: WatchedDoors, new_screen: Callable[[], AtTheScreen], played: Played
) -> None:
    """AS-3: the document names no port."""
    place.web.serve(HABITS.document, DOCUMENT)
    found = zed.discover(place.mcp_url)
    with LoopbackCallback() as program:
        asking = zed.ask(found, zed.known_by_document(found), program.redirect_uri)
        tokens = zed.redeem(asking, new_screen().approve_for(asking, program))
    calls = McpCalls(HABITS, zed.http, found.resource, tokens["access_token"]).open()
    store_and_find(calls)
    zed.renewed(asking, tokens["refresh_token"], resource=found.resource)
    played(HABITS, asking.known, Flow.SIGN_IN, Flow.LIST_TOOLS, Flow.STORE_AND_SEARCH, Flow.REFRESH)


def test_zed_registers_the_port_it_prefers_and_may_get_another(
    zed: Backend, place: WatchedDoors, ada: AtTheForm, played: Played
) -> None:
    """AS-3: another window is signing in at the same moment."""
    with place.without_documents():
        found = zed.discover(place.mcp_url)
        known = zed.register(found)
        asking = zed.ask(found, known, "http://127.0.0.1:40907/callback")
        tokens = zed.redeem(asking, ada.approve(asking))
        zed.renewed(asking, tokens["refresh_token"], resource=found.resource)
    played(HABITS, known, Flow.SIGN_IN, Flow.REFRESH)


def test_zed_of_the_spring_registers_for_one_grant_and_signs_its_person_in_again(
    zed: Backend, place: WatchedDoors, ada: AtTheForm, played: Played
) -> None:
    """AS-56: neither the grant type nor offline_access was asked for, so no refresh token comes; a 401 asks again."""
    with place.without_documents():
        found = zed.discover(place.mcp_url)
        known = zed.register(found, grant_types=["authorization_code"])
        asking = zed.ask(found, known, "http://127.0.0.1:27523/callback")
        tokens = zed.redeem(asking, ada.approve(asking))
        assert "refresh_token" not in tokens
        with time_machine.travel(now() + timedelta(minutes=11)):
            expired = McpCalls(HABITS, zed.http, found.resource, tokens["access_token"]).post(HABITS.initialize)
            assert expired.status_code == 401
            again = zed.ask(zed.discover(place.mcp_url), known, "http://127.0.0.1:27523/callback")
            fresh = zed.redeem(again, ada.approve(again))
            McpCalls(HABITS, zed.http, found.resource, fresh["access_token"]).open()
    played(HABITS, known, Flow.SIGN_IN, Flow.RECONNECT)
