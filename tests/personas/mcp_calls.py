"""What a client asks of the MCP endpoint once it has a token: in a session of an older revision, or without one."""

import json
from typing import Any

import httpx2

from tests.mcp_messages import BOTH_KINDS, MODERN, modern_headers, modern_request, request
from tests.personas.backend import Habits, bearer_challenge

Message = dict[str, Any]


class StepUpError(Exception):
    """RFC 6750 §3.1: the call needs more than was granted; `scope` says what."""

    def __init__(self, scope: str) -> None:
        super().__init__(scope)
        self.scope = scope


class McpCalls:
    """Calls with one access token. `http` is the client's own, with its patience."""

    def __init__(self, habits: Habits, http: httpx2.Client, mcp_url: str, access_token: str) -> None:
        self.mcp_url = mcp_url
        self._habits = habits
        self._http = http
        self._headers = {
            "Authorization": f"Bearer {access_token}",
            "User-Agent": habits.mcp_agent,
            "Accept": BOTH_KINDS,
        }

    def open(self) -> "McpCalls":
        """initialize, initialized, and the session they open; the 2026-07-28 revision asks what is there instead."""
        if self._habits.protocol == MODERN:
            assert MODERN in self.ask("server/discover")["supportedVersions"]
            return self
        opened = self.post(self._habits.initialize)
        assert opened.status_code == httpx2.codes.OK, opened.text
        assert message_of(opened)["result"]["protocolVersion"] == self._habits.protocol
        session = {"Mcp-Session-Id": opened.headers["mcp-session-id"], "MCP-Protocol-Version": self._habits.protocol}
        self._headers |= session
        assert self.post({"jsonrpc": "2.0", "method": "notifications/initialized"}).status_code == 202
        return self

    def tools(self) -> dict[str, Message]:
        """The tools it is shown, by name."""
        return {tool["name"]: tool for tool in self.ask("tools/list")["tools"]}

    def call(self, tool: str, **arguments: Any) -> Message:
        """A tool's structured answer. Raises StepUpError."""
        result = self.ask("tools/call", {"name": tool, "arguments": arguments})
        assert result.get("isError") in (False, None), result
        structured: Message = result["structuredContent"]
        return structured

    def ask(self, method: str, params: Message | None = None) -> Message:
        """One request, and its result. Raises StepUpError."""
        if self._habits.protocol == MODERN:
            headers = modern_headers(method, (params or {}).get("name"))
            answer = self.post(modern_request(method, params), **headers)
        else:
            answer = self.post(request(method, params))
        if answer.status_code == httpx2.codes.FORBIDDEN:
            challenge = bearer_challenge(answer)
            assert challenge["error"] == "insufficient_scope"
            raise StepUpError(challenge["scope"])
        assert answer.status_code == httpx2.codes.OK, f"{answer.status_code} {answer.text}"
        result: Message = message_of(answer)["result"]
        return result

    def post(self, message: Message, **headers: str) -> httpx2.Response:
        """One message as it goes over the wire."""
        return self._http.post(self.mcp_url, json=message, headers=self._headers | headers)


def store_and_find(calls: McpCalls) -> None:
    """A look at the tools, something to remember, and a question about it."""
    assert {"memory_store", "memory_search", "search", "fetch"} <= set(calls.tools())
    calls.call("memory_store", text="Grace keeps bees.")
    assert [found["text"] for found in calls.call("memory_search", query="bees")["results"]] == ["Grace keeps bees."]


def message_of(answer: httpx2.Response) -> Message:
    """The last JSON-RPC message of an answer, streamed or not."""
    if answer.headers["content-type"].startswith("text/event-stream"):
        lines = [line.removeprefix("data:") for line in answer.text.splitlines() if line.startswith("data:")]
        body = [line for line in lines if line.strip()][-1]
    else:
        body = answer.text
    message: Message = json.loads(body)
    return message
