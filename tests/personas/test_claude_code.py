"""Claude Code, played: what it does at its metadata document, at the callback, and with refresh tokens that it shares.

The program itself is run by `tests/clients/test_agents.py`, as far as one installation goes.

- Its document, as served on 2026-09-08: loopback redirect URIs without a port, no application_type
  (anthropics/claude-code#37767, #41011, 2026-03: the authorization request names an ephemeral one).
- https://code.claude.com/docs/en/mcp: `offline_access` is appended where the server offers it.
- archestra-ai/archestra#7250: `iss` is compared strictly. #76096 (2026-07): so is the `resource` of the metadata.
- #52871: a slash is appended to `resource`.
- #74250 (2026-07), #84440 (2026-08), #85236 (2026-08), #91641 (2026-09): sessions side by side refresh with one and the
  same token; #66210: with an old one days later.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from shared.clock import now
from tests.clients.seen import Flow
from tests.clients.watched_doors import WatchedDoors
from tests.document_clients import CLAUDE_CODE, publish
from tests.loopback_callback import LoopbackCallback
from tests.personas.backend import Asking, Backend, Found, Habits
from tests.personas.hands import SHORT_PAGE, AtTheForm, AtTheScreen
from tests.personas.mcp_calls import McpCalls, store_and_find
from tests.personas.played import Played

SESSIONS = 6
HABITS = Habits(
    name="Claude Code",
    agent="Bun/1.3.0",
    mcp_agent="claude-code/2.1.258 (cli)",
    info={"name": "claude-code", "version": "2.1.258"},
    document=CLAUDE_CODE,
    parameters=(
        "response_type",
        "client_id",
        "code_challenge",
        "code_challenge_method",
        "redirect_uri",
        "state",
        "scope",
        "resource",
    ),
    discovery_headers={"MCP-Protocol-Version": "2025-11-25"},
)


@pytest.fixture
def claude_code() -> Iterator[Backend]:
    """One installation."""
    with Backend(HABITS) as backend:
        yield backend


@pytest.fixture
def found(claude_code: Backend, place: WatchedDoors) -> Found:
    """Our server, discovered."""
    publish(place.web, CLAUDE_CODE, cache_control="public, max-age=300")
    return claude_code.discover(place.mcp_url)


@pytest.fixture
def connection(claude_code: Backend, found: Found, ada: AtTheForm) -> tuple[Asking, dict[str, Any]]:
    """Connected, at a port that no other run has used."""
    asking = asked(claude_code, found, 58135)
    return asking, claude_code.redeem(asking, ada.approve(asking))


def asked(backend: Backend, found: Found, port: int) -> Asking:
    """Its authorization request: with offline_access, and a slash behind the resource."""
    scope = f"{found.challenge['scope']} offline_access"
    known, callback = backend.known_by_document(found), f"http://localhost:{port}/callback"
    return backend.ask(found, known, callback, scope=scope, resource=f"{found.resource}/")


def test_claude_code_connects_by_its_document_at_a_port_of_its_own(
    claude_code: Backend, found: Found, new_screen: Callable[[], AtTheScreen], played: Played
) -> None:
    """AS-3, AS-21: the document names no port; the page warns, and the program at the port gets its answer."""
    with LoopbackCallback() as program:
        asking = asked(claude_code, found, program.port)
        answer = new_screen().approve_for(asking, program)
    assert set(answer) == {"code", "state", "iss"}
    tokens = claude_code.redeem(asking, answer)
    calls = McpCalls(HABITS, claude_code.http, found.resource, tokens["access_token"]).open()
    store_and_find(calls)
    renewed = claude_code.renewed(asking, tokens["refresh_token"], resource=f"{found.resource}/")
    assert renewed["refresh_token"] != tokens["refresh_token"]
    played(HABITS, asking.known, Flow.SIGN_IN, Flow.LIST_TOOLS, Flow.STORE_AND_SEARCH, Flow.REFRESH)


def test_sessions_that_refresh_with_one_token_stay_one_family(
    claude_code: Backend, found: Found, connection: tuple[Asking, dict[str, Any]]
) -> None:
    """AS-53: all of them succeed with the same successor, at once and a minute late, generation after generation."""
    asking, tokens = connection
    shared = tokens["refresh_token"]
    with time_machine.travel(now() + timedelta(minutes=11)) as clock:
        for _ in range(3):
            with ThreadPoolExecutor(SESSIONS) as sessions:
                waiting = [sessions.submit(claude_code.renewed, asking, shared) for _ in range(SESSIONS)]
                renewed = [answer.result() for answer in waiting]
            clock.shift(timedelta(seconds=50))  # a session that slept on its copy
            renewed.append(claude_code.renewed(asking, shared))
            assert len({tokens["refresh_token"] for tokens in renewed}) == 1
            for one in renewed:
                McpCalls(HABITS, claude_code.http, found.resource, one["access_token"]).open()
            shared = renewed[0]["refresh_token"]
            clock.shift(timedelta(minutes=11))


def test_a_token_from_four_days_ago_ends_the_grant_and_its_person_connects_anew(
    claude_code: Backend, found: Found, connection: tuple[Asking, dict[str, Any]], ada: AtTheForm, played: Played
) -> None:
    """AS-52, AS-28: nobody can tell who holds it; then everything is as on the first day, the whole page included."""
    asking, tokens = connection
    current = claude_code.renewed(asking, tokens["refresh_token"])
    with time_machine.travel(now() + timedelta(days=4)):
        stale = claude_code.refresh(asking, tokens["refresh_token"])
        assert (stale.status_code, stale.json()["error"]) == (400, "invalid_grant")
        ended = claude_code.refresh(asking, current["refresh_token"])
        assert (ended.status_code, ended.json()["error"]) == (400, "invalid_grant")
        again = asked(claude_code, found, 49152)
        page = ada.page(again)
        assert SHORT_PAGE not in page
        fresh = claude_code.redeem(again, ada.approve(again, page))
        assert claude_code.renewed(again, fresh["refresh_token"])
    played(HABITS, asking.known, Flow.RECONNECT)
