"""Cursor, played: three redirect URIs in one registration, and whichever of them its surface waits at.

- erp-mafia/accounted#2225 (2026-09), soflyy/agent-connector-for-wp#111 (2026-09): all three in one registration, which
  fails whole when one of them is refused; it happens when a server is added, before anybody signs in.
- different-ai/openwork#3059 (2026-07): `token_endpoint_auth_method` is `none`, the desktop app waits at cursor://.
- Cursor's forum, its staff on 2026-07-08: since 3.10 the desktop app prefers http://localhost:8787/callback.
- https://cursor.com/oauth/mcp-client.json, as two public projects saw it in the autumn of 2026: the callbacks of its
  web agents and the loopback ones, no cursor://; only configured so far, not chosen by itself.
"""

from collections.abc import Callable, Iterator

import pytest

from tests.clients.seen import Flow, Identity
from tests.clients.watched_doors import WatchedDoors
from tests.personas.backend import Backend, Habits, Known
from tests.personas.hands import AtTheForm, AtTheScreen
from tests.personas.mcp_calls import McpCalls, store_and_find
from tests.personas.played import Played

SCHEME = "cursor://anysphere.cursor-mcp/oauth/callback"
WEB = "https://www.cursor.com/agents/mcp/oauth/callback"
LOOPBACK = "http://localhost:8787/callback"
DOCUMENT = {
    "client_id": "https://cursor.com/oauth/mcp-client.json",
    "client_name": "Cursor",
    "redirect_uris": [
        WEB,
        "https://www.cursor.com/bot/mcp/oauth/callback",
        LOOPBACK,
        "http://127.0.0.1:8787/callback",
    ],
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "token_endpoint_auth_method": "none",
}
HABITS = Habits(
    name="Cursor",
    agent="node",
    mcp_agent="Cursor/3.14.0",
    info={"name": "cursor-vscode", "version": "1.0.0"},
    document=str(DOCUMENT["client_id"]),
    registration={
        "client_name": "Cursor",
        "redirect_uris": [SCHEME, WEB, LOOPBACK],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    },
    discovery_headers={"MCP-Protocol-Version": "2025-11-25"},
)


@pytest.fixture
def cursor() -> Iterator[Backend]:
    """One installation."""
    with Backend(HABITS) as backend:
        yield backend


def test_cursor_registers_three_places_and_is_opened_by_its_scheme(
    cursor: Backend, place: WatchedDoors, new_screen: Callable[[], AtTheScreen], played: Played
) -> None:
    """AS-24, AS-66: cursor:// has no dot, and is a known app's all the same."""
    found = cursor.discover(place.mcp_url)
    known = cursor.register(found)
    asking = cursor.ask(found, known, SCHEME)
    answer = new_screen().approve_into(asking, "cursor")
    tokens = cursor.redeem(asking, answer)
    calls = McpCalls(HABITS, cursor.http, found.resource, tokens["access_token"]).open()
    store_and_find(calls)
    assert cursor.renewed(asking, tokens["refresh_token"])["scope"] == tokens["scope"]
    played(HABITS, known, Flow.SIGN_IN, Flow.LIST_TOOLS, Flow.STORE_AND_SEARCH, Flow.REFRESH)


@pytest.mark.parametrize("callback", [WEB, LOOPBACK])
def test_cursor_waits_at_any_of_its_places(cursor: Backend, place: WatchedDoors, ada: AtTheForm, callback: str) -> None:
    """AS-2: each of the three is registered; the page names the one that is used (AS-20)."""
    found = cursor.discover(place.mcp_url)
    asking = cursor.ask(found, cursor.register(found), callback)
    page = ada.page(asking)
    assert ("www.cursor.com" if callback == WEB else "localhost") in page
    assert cursor.redeem(asking, ada.approve(asking, page))["refresh_token"]


@pytest.mark.parametrize("callback", [WEB, LOOPBACK])
def test_cursor_connects_by_its_document_where_it_is_configured(
    cursor: Backend, place: WatchedDoors, ada: AtTheForm, callback: str, played: Played
) -> None:
    """AS-76, AS-79: `CLIENT_ID` in its configuration may be the address of its document."""
    place.web.serve(HABITS.document, DOCUMENT)
    found = cursor.discover(place.mcp_url)
    known = Known(HABITS.document, Identity.DOCUMENT)
    asking = cursor.ask(found, known, callback)
    tokens = cursor.redeem(asking, ada.approve(asking))
    assert cursor.renewed(asking, tokens["refresh_token"])["scope"] == tokens["scope"]
    played(HABITS, known, Flow.SIGN_IN, Flow.REFRESH)


def test_cursor_cannot_come_by_its_document_and_its_scheme_at_once(
    cursor: Backend, place: WatchedDoors, ada: AtTheForm
) -> None:
    """AS-1, AS-2: the document does not name it, so a page says so and nothing is opened."""
    place.web.serve(HABITS.document, DOCUMENT)
    found = cursor.discover(place.mcp_url)
    shown = ada.visit(cursor.ask(found, Known(HABITS.document, Identity.DOCUMENT), SCHEME).url)
    assert (shown.status_code, shown.headers.get("location")) == (400, None)
