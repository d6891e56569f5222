"""A server of MCP 2026-07-28 that costs next to nothing: `python -m bench.fast_upstream PORT TOOLS`.

It answers what the gateway and FastMCP's proxy ask of a server, and every call with the same text. What a proxy takes
is not hidden behind what a server takes.
"""

import json
import sys
from typing import Any

import uvicorn
from starlette.types import Receive, Scope, Send

VERSION = "2026-07-28"
INFO = {"name": "fast", "version": "1"}
META = {"io.modelcontextprotocol/serverInfo": INFO}
COMPLETE = {"resultType": "complete", "_meta": META}
LASTING = {"ttlMs": 600_000, "cacheScope": "public"}
SCHEMA = {
    "type": "object",
    "properties": {"one": {"type": "integer", "description": "A number."}, "two": {"type": "integer"}},
    "required": ["one", "two"],
}
ADDED = {"content": [{"type": "text", "text": "3"}], "structuredContent": {"result": 3}, "isError": False}


class FastUpstream:
    """An ASGI application; every path is its endpoint."""

    def __init__(self, tools: int) -> None:
        names = ["add", *(f"tool-{number}" for number in range(1, tools))]
        listed = [{"name": name, "description": f"Adds two numbers: {name}.", "inputSchema": SCHEMA} for name in names]
        self._answers: dict[str, dict[str, Any]] = {
            "server/discover": {
                **COMPLETE,
                **LASTING,
                "supportedVersions": [VERSION],
                "capabilities": {"tools": {}},
                "serverInfo": INFO,
            },
            "tools/list": {**COMPLETE, **LASTING, "tools": listed},
            "tools/call": {**COMPLETE, **ADDED},
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return
        body = b""
        while True:
            part = await receive()
            body += part.get("body", b"")
            if not part.get("more_body", False):
                break
        message = json.loads(body)
        answer = {"jsonrpc": "2.0", "id": message.get("id")}
        if (result := self._answers.get(message.get("method"))) is not None:
            status, answer = 200, answer | {"result": result}
        else:
            status, answer = 404, answer | {"error": {"code": -32601, "message": "Method not found"}}
        await _send(send, status, json.dumps(answer, separators=(",", ":")).encode())


async def _send(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


if __name__ == "__main__":
    uvicorn.run(
        FastUpstream(int(sys.argv[2])),
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )
