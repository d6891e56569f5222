"""A server that was a modern one, and is set back to an earlier revision while nobody changes anything here."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from tests.doors import Doors, wait_until
from tests.gateway.conftest import Behind
from tests.gateway.odd_server import OddServer
from tests.gateway.test_quick_way import posted, text_of
from tests.gateway.test_tools import holder, names
from tests.servers import serving

VERSION = "2025-06-18"
SESSION = b"mcp-session-id"
REFUSED = {"code": -32600, "message": "Bad Request: Missing session ID"}


class ChangingServer:
    """The odd server, until it `is_older`: then one that knows sessions, and nothing of a later revision."""

    def __init__(self) -> None:
        self.modern = OddServer()
        self.is_older = False
        self.calls: list[dict[str, Any]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or not self.is_older:
            await self.modern(scope, receive, send)
            return
        message = json.loads((await receive()).get("body") or b"{}")
        has_session = any(name == SESSION for name, _ in scope["headers"])
        status, answer = self._answer(message, has_session=has_session)
        content = json.dumps({"jsonrpc": "2.0", "id": message.get("id"), **answer}).encode()
        headers = [(b"content-type", b"application/json"), (SESSION, b"one")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    def _answer(self, message: dict[str, Any], *, has_session: bool) -> tuple[int, dict[str, Any]]:
        method = message.get("method")
        if method == "initialize":
            info = {"name": "changing", "version": "1"}
            return 200, {"result": {"protocolVersion": VERSION, "capabilities": {"tools": {}}, "serverInfo": info}}
        if not has_session:
            return 400, {"error": REFUSED}
        if method != "tools/call":
            return (202, {}) if "id" not in message else (200, {"error": {"code": -32601, "message": "Unknown"}})
        self.calls.append(message["params"])
        return 200, {"result": {"content": [{"type": "text", "text": "as ever"}]}}


@pytest.fixture
def changing() -> Iterator[tuple[ChangingServer, str]]:
    """The server and its address."""
    changing = ChangingServer()
    with serving(changing) as origin:
        yield changing, f"{origin}/mcp"


def test_it_is_called_as_what_it_is_now(doors: Doors, behind: Behind, changing: tuple[ChangingServer, str]) -> None:
    """The very first call finds out, and is sent to it once."""
    server, url = changing
    behind.http("changing", url)
    app = holder(doors)
    wait_until(lambda: "changing__echo" in names(app))
    assert text_of(posted(app, "changing__echo", arguments={"text": "modern"})) == "modern"
    server.is_older = True
    assert text_of(posted(app, "changing__echo", arguments={"text": "older"})) == "as ever"
    assert text_of(posted(app, "changing__echo", arguments={"text": "again"})) == "as ever"
    assert [call["arguments"]["text"] for call in server.calls] == ["older", "again"]
