"""Visual Studio Code, played: a document with one loopback port, four registered addresses, and a busy port.

- https://vscode.dev/oauth/client-metadata.json, as served on 2026-09-08; microsoft/vscode#298300: it is preferred.
- microsoft/vscode#278512 (2025-11): the four addresses it registers, and a free port when 33418 is taken.
- PrefectHQ/fastmcp, a log of 2026-03-30: the order of its parameters, and `http://127.0.0.1:33418/` with its slash.
- modelcontextprotocol/csharp-sdk#1122: it takes the slash off `resource`.
- microsoft/vscode#337174: `http://127.0.0.1:33418 https://vscode.dev/redirect` came as a client_id, pasted from its own
  dialogue.
- Its registration by its source of 2026-09-21 (src/vs/base/common/oauth.ts): with a scope, `openid` for instance.
- microsoft/vscode#252226: `application_type` is `native`, though one of the addresses is https.
"""

from collections.abc import Callable, Iterator

import pytest

from tests.clients.seen import Flow, Identity
from tests.clients.watched_doors import WatchedDoors
from tests.document_clients import VS_CODE, publish
from tests.loopback_callback import LoopbackCallback
from tests.personas.backend import Backend, Found, Habits, Known
from tests.personas.hands import AtTheForm, AtTheScreen
from tests.personas.mcp_calls import McpCalls, store_and_find
from tests.personas.played import Played

REDIRECT = "https://vscode.dev/redirect"
HABITS = Habits(
    name="Visual Studio Code",
    agent="node",
    mcp_agent="node",
    info={"name": "Visual Studio Code", "version": "1.118.0"},
    document=VS_CODE,
    registration={
        "client_name": "Visual Studio Code",
        "client_uri": "https://code.visualstudio.com",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "redirect_uris": [
            "https://insiders.vscode.dev/redirect",
            REDIRECT,
            "http://127.0.0.1/",
            "http://127.0.0.1:33418/",
        ],
        "scope": "openid",
        "token_endpoint_auth_method": "none",
        "application_type": "native",
    },
    parameters=(
        "client_id",
        "response_type",
        "code_challenge",
        "code_challenge_method",
        "scope",
        "resource",
        "redirect_uri",
        "state",
    ),
    discovery_headers={"MCP-Protocol-Version": "2025-11-25", "Accept": "application/json"},
)
STATE = "gXVXo0/iMD8WMolDHKxSTg=="
"""Base64, with everything in it that a careless server changes."""


@pytest.fixture
def vs_code() -> Iterator[Backend]:
    """One installation."""
    with Backend(HABITS) as backend:
        yield backend


@pytest.fixture
def found(vs_code: Backend, place: WatchedDoors) -> Found:
    """Our server, discovered."""
    publish(place.web, VS_CODE, cache_control="public, max-age=300")
    return vs_code.discover(place.mcp_url)


def test_vs_code_connects_by_its_document_at_another_port_when_its_own_is_busy(
    vs_code: Backend, found: Found, new_screen: Callable[[], AtTheScreen], played: Played
) -> None:
    """AS-2, AS-11: the document says port 33418; the slash at the end is compared, the state comes back as it was."""
    with LoopbackCallback("/") as program:
        asking = vs_code.ask(found, vs_code.known_by_document(found), program.redirect_uri, state=STATE)
        answer = new_screen().approve_for(asking, program)
    assert answer["state"] == STATE
    tokens = vs_code.redeem(asking, answer)
    calls = McpCalls(HABITS, vs_code.http, found.resource, tokens["access_token"]).open()
    store_and_find(calls)
    assert vs_code.renewed(asking, tokens["refresh_token"])["scope"] == tokens["scope"]
    played(HABITS, asking.known, Flow.SIGN_IN, Flow.LIST_TOOLS, Flow.STORE_AND_SEARCH, Flow.REFRESH)


@pytest.mark.parametrize("redirect_uri", ["http://127.0.0.1:33418/", "http://127.0.0.1:59656/", REDIRECT])
def test_vs_code_registers_four_addresses_and_uses_any(
    vs_code: Backend, place: WatchedDoors, ada: AtTheForm, redirect_uri: str, played: Played
) -> None:
    """AS-66, AS-67: https and loopback in one native registration; a scope nobody offers here bounds nothing."""
    with place.without_documents():
        found = vs_code.discover(place.mcp_url)
        known = vs_code.register(found)
        asking = vs_code.ask(found, known, redirect_uri, state=STATE)
        tokens = vs_code.redeem(asking, ada.approve(asking))
        assert vs_code.renewed(asking, tokens["refresh_token"])["scope"] == tokens["scope"]
    played(HABITS, known, Flow.SIGN_IN, Flow.REFRESH)


def test_vs_code_without_the_slash_at_the_end_of_its_address_is_a_page(
    vs_code: Backend, found: Found, ada: AtTheForm
) -> None:
    """AS-1, AS-2: but for the port it is compared as a string; microsoft/vscode#260446 added the slash."""
    shown = ada.visit(vs_code.ask(found, vs_code.known_by_document(found), "http://127.0.0.1:33418").url)
    assert (shown.status_code, shown.headers.get("location")) == (400, None)


def test_vs_code_with_its_addresses_pasted_for_a_client_id_is_a_page_to_read(
    vs_code: Backend, found: Found, ada: AtTheForm
) -> None:
    """AS-1, AS-16: no redirect, no server error, and nothing of it unescaped."""
    pasted = Known("http://127.0.0.1:33418 https://vscode.dev/redirect", Identity.OPERATOR)
    shown = ada.visit(vs_code.ask(found, pasted, "http://127.0.0.1:33418/").url)
    assert (shown.status_code, shown.headers.get("location")) == (400, None)
    assert shown.headers["content-type"].startswith("text/html")
    assert "<h1>" in shown.text
