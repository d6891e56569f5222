"""opencode, played: it waits at a path that its own document does not name.

- anomalyco/opencode#47737 (2026-09-07): its document, `http://127.0.0.1/callback` and the same at localhost.
- anomalyco/opencode#50510 (2026-09-22, open): the request says `http://127.0.0.1:19876/mcp/oauth/callback`.
- anomalyco/opencode#47743: a client id that is configured, or another redirect URI, makes it register instead.
"""

from collections.abc import Iterator

import pytest

from tests.clients.seen import Flow
from tests.clients.watched_doors import WatchedDoors
from tests.document_clients import OPENCODE, publish
from tests.personas.backend import Backend, Habits
from tests.personas.hands import AtTheForm
from tests.personas.mcp_calls import McpCalls
from tests.personas.played import Played

CALLBACK = "http://127.0.0.1:19876/mcp/oauth/callback"
HABITS = Habits(
    name="opencode",
    agent="Bun/1.3.0",
    mcp_agent="opencode/1.4.0",
    info={"name": "opencode", "version": "1.4.0"},
    document=OPENCODE,
    registration={
        "client_name": "OpenCode",
        "client_uri": "https://opencode.ai",
        "redirect_uris": [CALLBACK],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    },
    discovery_headers={"MCP-Protocol-Version": "2025-11-25"},
)


@pytest.fixture
def opencode() -> Iterator[Backend]:
    """One installation."""
    with Backend(HABITS) as backend:
        yield backend


def test_opencode_is_refused_on_a_page_that_names_the_redirect_uri(
    opencode: Backend, place: WatchedDoors, ada: AtTheForm
) -> None:
    """AS-1, AS-2: its document does not name the path; the person reads whose fault it is, and goes nowhere."""
    publish(place.web, OPENCODE)
    found = opencode.discover(place.mcp_url)
    shown = ada.visit(opencode.ask(found, opencode.known_by_document(found), CALLBACK).url)
    assert (shown.status_code, shown.headers.get("location")) == (400, None)
    assert "<h1>" in shown.text
    assert "document" in shown.text


def test_opencode_connects_by_registration(
    opencode: Backend, place: WatchedDoors, ada: AtTheForm, played: Played
) -> None:
    """AS-67: an app that says nothing of its type and waits at a loopback address."""
    with place.without_documents():
        found = opencode.discover(place.mcp_url)
        known = opencode.register(found)
        asking = opencode.ask(found, known, CALLBACK)
        tokens = opencode.redeem(asking, ada.approve(asking))
        calls = McpCalls(HABITS, opencode.http, found.resource, tokens["access_token"]).open()
        assert "memory_search" in calls.tools()
        assert opencode.renewed(asking, tokens["refresh_token"])["scope"] == tokens["scope"]
    played(HABITS, known, Flow.SIGN_IN, Flow.LIST_TOOLS, Flow.REFRESH)
