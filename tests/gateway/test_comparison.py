"""The same requests at a server and at its own address behind the gateway: what is answered is the same.

`EXPECTED` names everything that may differ, and why; the server's identity is passed on, so that it is not among it.
"""

import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from tests.doors import Doors
from tests.gateway.conftest import Behind
from tests.gateway.connecting import connect
from tests.loopback import LOOPBACK
from tests.mcp_messages import BOTH_KINDS, LEGACY, modern_headers, modern_request, request

EXPECTED = {
    "cacheScope": "lists are of one person and their grant, so that nobody else may keep them",
    "listChanged": "older apps are told of changes that a newer server tells newer apps alone",
    "ostiary/origin": "in _meta it is said whose answer it is",
    "requestState": "the server's own state travels sealed within the gateway's",
}
CAPABILITIES = "io.modelcontextprotocol/clientCapabilities"
ABLE = {"elicitation": {}, "sampling": {}, "roots": {}}

Ask = Callable[[str, dict[str, Any]], list[dict[str, Any]]]
"""Sends a request; gives everything that comes back, in order."""


def tool(name: str, /, **arguments: Any) -> tuple[str, dict[str, Any]]:
    """A tools/call."""
    return "tools/call", {"name": name, "arguments": arguments}


def prompt(name: str, /, **arguments: str) -> tuple[str, dict[str, Any]]:
    """A prompts/get."""
    return "prompts/get", {"name": name, "arguments": arguments}


ARGUMENT = {
    "ref": {"type": "ref/prompt", "name": "test_prompt_with_arguments"},
    "argument": {"name": "arg1", "value": "pa"},
}
REQUESTS: list[tuple[str, dict[str, Any]]] = [
    ("tools/list", {}),
    ("tools/list", {"cursor": "10"}),
    ("tools/list", {"cursor": "20"}),
    ("prompts/list", {}),
    ("resources/list", {}),
    ("resources/templates/list", {}),
    ("resources/read", {"uri": "test://static-text"}),
    ("resources/read", {"uri": "test://static-binary"}),
    ("resources/read", {"uri": "test://template/7/data"}),
    ("resources/read", {"uri": "test://nothing"}),
    prompt("test_simple_prompt"),
    prompt("test_prompt_with_arguments", arg1="one", arg2="two"),
    prompt("test_prompt_with_image"),
    prompt("no_such_prompt"),
    ("completion/complete", ARGUMENT),
    tool("test_simple_text"),
    tool("test_multiple_content_types"),
    tool("test_error_handling"),
    tool("json_schema_2020_12_tool", name="x", phone="1"),
    ("tools/call", {"name": "test_tool_with_progress", "_meta": {"progressToken": "p"}}),
    ("no/such/method", {}),
]
MODERN_REQUESTS = [
    ("server/discover", {}),
    ("tools/call", {"name": "test_tool_with_logging", "_meta": {"io.modelcontextprotocol/logLevel": "info"}}),
    tool("test_tool_with_logging"),
    tool("test_elicitation", message="Who?"),
    tool("test_sampling", prompt="What?"),
    tool("test_missing_capability"),
    tool("test_input_required_result_multiple_inputs"),
    prompt("test_input_required_result_prompt"),
    ("ping", {}),
]
LEGACY_REQUESTS = [
    ("ping", {}),
    ("logging/setLevel", {"level": "info"}),
    tool("test_tool_with_logging"),
    ("resources/subscribe", {"uri": "test://watched-resource"}),
    ("resources/unsubscribe", {"uri": "test://watched-resource"}),
]


def came(answer: httpx2.Response) -> list[dict[str, Any]]:
    """The messages of an answer, whether it is one or a stream."""
    if answer.headers.get("content-type", "").startswith("text/event-stream"):
        lines = [line.removeprefix("data:").strip() for line in answer.text.splitlines() if line.startswith("data:")]
        return [json.loads(line) for line in lines if line]
    return [answer.json()]


def modern(http: httpx2.Client, url: str) -> Ask:
    """Requests of MCP 2026-07-28."""

    def ask(method: str, params: dict[str, Any]) -> list[dict[str, Any]]:
        headers = modern_headers(method, params.get("name") or params.get("uri"))
        meta = {CAPABILITIES: ABLE, **params.get("_meta", {})}
        return came(http.post(url, json=modern_request(method, params, **meta), headers=headers))

    return ask


def legacy(http: httpx2.Client, url: str) -> Ask:
    """Requests of MCP 2025-11-25, in a session."""
    headers = {"Accept": BOTH_KINDS}

    def ask(method: str, params: dict[str, Any]) -> list[dict[str, Any]]:
        answer = http.post(url, json=request(method, params), headers=headers)
        headers.setdefault("Mcp-Session-Id", answer.headers.get("mcp-session-id", ""))
        return came(answer)

    return ask


def plain(found: Any) -> Any:
    """Without what may differ."""
    if isinstance(found, dict):
        kept = {name: plain(value) for name, value in found.items() if name not in EXPECTED}
        return {name: value for name, value in kept.items() if (name, value) != ("_meta", {})}
    return [plain(one) for one in found] if isinstance(found, list) else found


@pytest.fixture
def ways(doors: Doors, behind: Behind, everything_url: str) -> Any:
    """The server as it is, and at its own address, each with a client."""
    behind.http("everything", everything_url)
    app = connect(doors.person(), f"{doors.origin}/servers/everything/mcp")
    with (
        httpx2.Client(**LOOPBACK, timeout=30) as direct,
        httpx2.Client(**LOOPBACK, headers=app.headers, timeout=30) as http,
    ):
        yield (direct, everything_url), (http, app.mcp_url)


def test_a_newer_app_is_answered_the_same(ways: Any) -> None:
    """MCP 2026-07-28."""
    direct, through = (modern(http, url) for http, url in ways)
    for method, params in REQUESTS + MODERN_REQUESTS:
        assert plain(through(method, params)) == plain(direct(method, params)), (method, params)


def test_an_older_app_is_answered_the_same(ways: Any) -> None:
    """MCP 2025-11-25."""
    direct, through = (legacy(http, url) for http, url in ways)
    greeting = {"protocolVersion": LEGACY[-1], "capabilities": {}, "clientInfo": {"name": "app", "version": "1"}}
    for method, params in [("initialize", greeting), *REQUESTS, *LEGACY_REQUESTS]:
        assert plain(through(method, params)) == plain(direct(method, params)), (method, params)
