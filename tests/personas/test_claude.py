"""claude.ai, Claude Desktop and the mobile apps, played: one hosted backend speaks for all of them.

- https://claude.com/docs/connectors/building/authentication (read in a stored copy, 2026): registration and documents
  are both taken; a document only where the metadata says `client_id_metadata_document_supported` and lists `none`;
  registration happens with every fresh connection; ten seconds for discovery, registration and tokens; a refresh on a
  401 and up to five minutes ahead; `invalid_grant` ends a connection; 403 insufficient_scope asks again.
- Its document, as served on 2026-08-03 and 2026-08-14, with `Cache-Control: public, max-age=300`: two public copies.
- anthropics/claude-ai-mcp#76 (2026-03): the first POST is an `initialize` of "Anthropic" 1.0.0 with `Accept: */*`.
- #764 (2026-08): discovery comes from `python-httpx/0.28.1` with `MCP-Protocol-Version: 2025-11-25`.
- kentcdodds/kody, a recorded request, and a public log of 2026-08-18: the order of its parameters.
- #966 (2026-08-31): it registers twice, one or two seconds apart. #667: a manual secret goes into the form.
- #228 (2026-08-13): it asked for all of `scopes_supported`, in order. #96: `+offline_access` with `prompt=consent`.
- #124 (2026-03): `scope=claudeai`. #250 (2026-05): its callback takes GET alone, so a 307 ends the connection.
- #473: ten seconds for the first `initialize`. sigbit/mcp-auth-proxy#123: a bare host gets a slash in `resource`.
- syllogic-ai/syllogic#74: iOS reads the path-inserted RFC 8414 address and no other.
- PrefectHQ/fastmcp#3372: for Claude Desktop the callback's page leads on to claude://.
"""

import asyncio
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest
import time_machine

from shared.clock import now
from shared.scopes import Scope
from tests.clients.seen import Flow, Identity
from tests.clients.watched_doors import WatchedDoors
from tests.document_clients import CLAUDE, publish
from tests.personas.backend import Asking, Backend, Found, Habits, Known
from tests.personas.hands import SHORT_PAGE, AtTheForm, AtTheScreen
from tests.personas.mcp_calls import McpCalls, StepUpError, store_and_find
from tests.personas.played import Played

CALLBACK = "https://claude.ai/api/mcp/auth_callback"
OTHER_CALLBACK = "https://claude.com/api/mcp/auth_callback"
DEEP_LINK = "claude://claude.ai/settings/connectors"
HABITS = Habits(
    name="claude.ai",
    agent="python-httpx/0.28.1",
    mcp_agent="Claude-User",
    info={"name": "Anthropic", "version": "1.0.0"},
    document=CLAUDE,
    registration={
        "client_name": "Claude",
        "client_uri": "https://claude.ai",
        "redirect_uris": [CALLBACK],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    },
    probe_accept="*/*",
    discovery_headers={"MCP-Protocol-Version": "2025-11-25"},
    seconds=10.0,
    checks_issuer=False,
)


@pytest.fixture
def claude() -> Iterator[Backend]:
    """Its backend."""
    with Backend(HABITS) as backend:
        yield backend


@pytest.fixture
def found(claude: Backend, place: WatchedDoors) -> Found:
    """Our server, discovered; its document is on the web, good for the five minutes it says."""
    publish(place.web, CLAUDE, cache_control="public, max-age=300")
    return claude.discover(place.mcp_url)


def connected(backend: Backend, asking: Asking, answer: dict[str, str]) -> tuple[dict[str, Any], McpCalls]:
    """Redeems, and opens the first session within the ten seconds it has."""
    tokens = backend.redeem(asking, answer)
    assert tokens["refresh_token"]
    mcp_url = asking.found.resource
    return tokens, McpCalls(backend.habits, backend.http, mcp_url, tokens["access_token"]).open()


def claude_scope(found: Found) -> str:
    """What its documentation says: the challenge, and offline_access if the authorization server lists it."""
    asked = found.challenge["scope"].split()
    offered = found.metadata["scopes_supported"]
    return " ".join([*asked, *(["offline_access"] if "offline_access" in offered else [])])


def leads_on_to(target: str) -> Callable[[asyncio.StreamWriter], Any]:
    """A callback page that hands over to the desktop app."""

    async def write(writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 302 Found\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n".encode())

    return write


def test_claude_connects_by_its_document_and_hands_over_to_its_desktop_app(
    claude: Backend, found: Found, place: WatchedDoors, new_screen: Callable[[], AtTheScreen], played: Played
) -> None:
    """AS-24, AS-79: from the consent page to claude.ai and on to claude://, which no policy of ours may stop."""
    place.web.answer(CALLBACK, leads_on_to(DEEP_LINK))
    asking = claude.ask(found, claude.known_by_document(found), CALLBACK, scope=claude_scope(found))
    screen = new_screen()
    screen.approve_into(asking, "claude")
    tokens, calls = connected(claude, asking, screen.arrived_at(CALLBACK))
    assert tokens["scope"] == "memory:read memory:write offline_access"
    store_and_find(calls)
    renew_ahead_of_time_and_on_a_401(claude, asking, tokens)
    played(claude.habits, asking.known, Flow.SIGN_IN, Flow.LIST_TOOLS, Flow.STORE_AND_SEARCH, Flow.REFRESH)


@pytest.mark.parametrize("callback", [CALLBACK, OTHER_CALLBACK])
def test_claude_registers_twice_with_every_fresh_connection_and_uses_the_second(
    claude: Backend, place: WatchedDoors, ada: AtTheForm, callback: str, played: Played
) -> None:
    """AS-27, AS-70: each is an app of its own, and the one it forgets costs nobody anything."""
    with place.without_documents():
        found = claude.discover(place.mcp_url)
        assert not found.takes_documents
        for _ in range(2):
            forgotten, known = (claude.register(found, redirect_uris=[callback]) for _ in range(2))
            assert forgotten.client_id != known.client_id
            asking = claude.ask(found, known, callback, scope=claude_scope(found))
            page = ada.page(asking)
            assert SHORT_PAGE not in page
            assert "unverified" in page.lower()
            tokens, calls = connected(claude, asking, ada.approve(asking, page))
            assert calls.call("memory_stats")["total"] == 0
            assert claude.renewed(asking, tokens["refresh_token"])["scope"] == tokens["scope"]
        played(claude.habits, known, Flow.SIGN_IN, Flow.REFRESH, Flow.RECONNECT)


def renew_ahead_of_time_and_on_a_401(backend: Backend, asking: Asking, tokens: dict[str, Any]) -> None:
    """Up to five minutes before a token's ten are over, and again when one was refused."""
    resource = asking.found.resource
    with time_machine.travel(now() + timedelta(minutes=6)) as clock:
        renewed = backend.renewed(asking, tokens["refresh_token"], resource=resource)
        calls = McpCalls(HABITS, backend.http, resource, renewed["access_token"]).open()
        assert calls.call("memory_stats")["total"] == 1
        clock.shift(timedelta(minutes=11))
        assert calls.post(HABITS.initialize).status_code == httpx2.codes.UNAUTHORIZED
        again = backend.renewed(asking, renewed["refresh_token"], resource=resource)
        McpCalls(HABITS, backend.http, resource, again["access_token"]).open()


SCOPES: dict[str, Callable[[Found], dict[str, str | list[str] | None]]] = {
    "the challenge": lambda found: {"scope": found.challenge["scope"]},
    "the challenge and offline_access": lambda found: {"scope": claude_scope(found)},
    "the resource's": lambda found: {"scope": " ".join(found.resource_metadata["scopes_supported"])},
    "all of the server's": lambda found: {"scope": " ".join(found.metadata["scopes_supported"])},
    "a blank and offline_access": lambda _: {"scope": " offline_access", "prompt": "consent"},
    "a word of its own": lambda _: {"scope": "claudeai"},
    "none": lambda _: {"scope": None},
}


@pytest.mark.parametrize("way", SCOPES)
def test_claude_gets_memory_and_a_refresh_token_whatever_scope_it_asks_for(
    claude: Backend, found: Found, ada: AtTheForm, way: str
) -> None:
    """AS-56, AS-65: all of them were seen in the wild; without a refresh token people sign in every ten minutes."""
    asking = claude.ask(found, claude.known_by_document(found), CALLBACK, **SCOPES[way](found))
    tokens, calls = connected(claude, asking, ada.approve(asking))
    assert {"memory:read", "memory:write"} <= set(tokens["scope"].split())
    assert calls.call("memory_store", text="Grace keeps bees.")["created"]
    assert claude.renewed(asking, tokens["refresh_token"])["scope"] == tokens["scope"]


def test_claude_may_append_a_slash_to_the_resource(
    claude: Backend, found: Found, ada: AtTheForm, place: WatchedDoors
) -> None:
    """AS-19, RFC 8707 §2: on both requests and with each refresh; the token names the resource as it is."""
    asking = claude.ask(found, claude.known_by_document(found), CALLBACK, resource=f"{found.resource}/")
    tokens, calls = connected(claude, asking, ada.approve(asking))
    assert place.claims_of(tokens["access_token"])["aud"] == found.resource
    assert calls.call("memory_stats")["total"] == 0
    claude.renewed(asking, tokens["refresh_token"], resource=f"{found.resource}/")


@pytest.fixture
def entered(command: Callable[..., str]) -> Known:
    """Claude as an administrator enters it by hand; the person copies both lines into its advanced settings."""
    made = json.loads(command("clients", "create", "--for", "claude", "--json"))
    return Known(made["client_id"], Identity.OPERATOR, lambda: {"client_secret": made["client_secret"]})


@pytest.mark.parametrize("callback", [CALLBACK, OTHER_CALLBACK])
def test_claude_sends_a_secret_entered_by_hand_in_the_form(
    claude: Backend, found: Found, entered: Known, ada: AtTheForm, callback: str, played: Played
) -> None:
    """AS-49, AS-82: client_secret_post, though the metadata lists basic too; both of its callbacks are known."""
    assert "client_secret_basic" in found.metadata["token_endpoint_auth_methods_supported"]
    asking = claude.ask(found, entered, callback, scope=claude_scope(found))
    tokens, calls = connected(claude, asking, ada.approve(asking))
    assert "memory_search" in calls.tools()
    assert claude.renewed(asking, tokens["refresh_token"])["refresh_token"] != tokens["refresh_token"]
    played(claude.habits, entered, Flow.SIGN_IN, Flow.LIST_TOOLS, Flow.REFRESH)


def test_claude_is_told_that_a_refresh_token_is_dead(
    claude: Backend, found: Found, ada: AtTheForm, played: Played
) -> None:
    """AS-38, AS-56: invalid_grant, upon which it asks its person anew."""
    known = claude.known_by_document(found)
    asking = claude.ask(found, known, CALLBACK)
    tokens, _ = connected(claude, asking, ada.approve(asking))
    ada.disconnect_everything()
    dead = claude.refresh(asking, tokens["refresh_token"])
    assert (dead.status_code, dead.json()["error"]) == (400, "invalid_grant")
    again = claude.ask(found, known, CALLBACK)
    connected(claude, again, ada.approve(again))
    played(claude.habits, known, Flow.REVOCATION, Flow.RECONNECT)


def test_claude_registers_anew_when_its_registration_was_deleted(
    claude: Backend, place: WatchedDoors, ada: AtTheForm, command: Callable[..., str]
) -> None:
    """AS-49, AS-50: 401 invalid_client at the token endpoint, and a page that says so where its person comes by."""
    with place.without_documents():
        found = claude.discover(place.mcp_url)
        asking = claude.ask(found, claude.register(found), CALLBACK)
        tokens, _ = connected(claude, asking, ada.approve(asking))
        command("clients", "delete", asking.known.client_id)
        gone = claude.refresh(asking, tokens["refresh_token"])
        assert (gone.status_code, gone.json()["error"]) == (401, "invalid_client")
        shown = ada.visit(claude.ask(found, asking.known, CALLBACK).url)
        assert (shown.status_code, shown.headers.get("location")) == (400, None)
        again = claude.ask(found, claude.register(found), CALLBACK)
        connected(claude, again, ada.approve(again))


def test_claude_asks_again_for_what_a_tool_needs_more(
    claude: Backend, found: Found, ada: AtTheForm, played: Played
) -> None:
    """AS-118: 403 insufficient_scope; it asks for the union of what it had and what it was told."""
    known = claude.known_by_document(found)
    asking = claude.ask(found, known, CALLBACK, scope=Scope.MEMORY_READ.value)
    tokens, calls = connected(claude, asking, ada.approve(asking))
    with pytest.raises(StepUpError) as refused:
        calls.call("memory_store", text="Grace keeps bees.")
    union = " ".join(dict.fromkeys([*tokens["scope"].split(), *refused.value.scope.split()]))
    again = claude.ask(found, known, CALLBACK, scope=union)
    page = ada.page(again)
    assert SHORT_PAGE not in page, "more than was allowed before is a question of its own"
    _, more = connected(claude, again, ada.approve(again, page))
    assert more.call("memory_store", text="Grace keeps bees.")["created"]
    played(claude.habits, known, Flow.STEP_UP)


def test_claude_reconnects_by_one_press_while_its_document_host_is_down(
    claude: Backend, found: Found, ada: AtTheForm, place: WatchedDoors, played: Played
) -> None:
    """AS-77, AS-27: claude.ai answered 503 for its document on 2026-07-06; a good copy of it serves for a day."""
    known = claude.known_by_document(found)
    first = claude.ask(found, known, CALLBACK, scope=claude_scope(found))
    connected(claude, first, ada.approve(first))
    place.web.serve(CLAUDE, b"", status=httpx2.codes.SERVICE_UNAVAILABLE)
    asked_before = place.web.count(CLAUDE)
    with time_machine.travel(now() + timedelta(minutes=20)):
        again = claude.ask(found, known, CALLBACK, scope=claude_scope(found))
        page = ada.page(again)
        assert SHORT_PAGE in page
        _, calls = connected(claude, again, ada.approve(again, page))
        assert calls.call("memory_stats")["total"] == 0
    assert place.web.count(CLAUDE) > asked_before
    played(claude.habits, known, Flow.RECONNECT)
