"""A server of MCP 2026-07-28 whose tools answer as no server should, each in its own way; `seen` are its calls."""

import gzip
import json
from typing import Any

import anyio
import anyio.lowlevel
from starlette.types import Receive, Scope, Send

VERSION = "2026-07-28"
TEXT = {"type": "object", "properties": {"text": {"type": "string"}}}
ROUTED = {"type": "object", "properties": {"region": {"type": "string", "x-mcp-header": "Region"}}}
COMPLETE = {"resultType": "complete"}
LASTING = COMPLETE | {"ttlMs": 600_000, "cacheScope": "public"}
NAMES = (
    *("echo", "routed", "other-id", "no-result", "garbage", "huge", "packed", "broken-off", "refuses", "fails"),
    *("here-again", "elsewhere", "streams", "cookies", "unknown", "extra", "asks", "hangs", "boundless"),
)
READS = {"readOnlyHint": True}
OTHER_ORIGIN = "http://127.0.0.1:9/mcp"


class OddServer:
    """An ASGI application."""

    def __init__(self) -> None:
        self.seen: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.gone = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            part = await receive()
            body, more = body + part.get("body", b""), part.get("more_body", False)
        message = json.loads(body or b"{}")
        if message.get("method") == "server/discover":
            found = LASTING | {"supportedVersions": [VERSION], "capabilities": {"tools": {}}}
            await _json(send, message, found)
        elif message.get("method") == "tools/list":
            await _json(send, message, LASTING | {"tools": [_tool(name) for name in NAMES]})
        elif message.get("method") != "tools/call":
            error = {"code": -32601, "message": "Method not found"}
            await _answer(send, 404, json.dumps({"jsonrpc": "2.0", "id": message.get("id"), "error": error}).encode())
        else:
            headers = {name.decode(): value.decode() for name, value in scope["headers"]}
            self.seen.append((headers, message["params"]))
            await self._call(scope, receive, send, message)

    async def _call(self, scope: Scope, receive: Receive, send: Send, message: dict[str, Any]) -> None:
        params = message["params"]
        said = _said(str(params.get("arguments", {}).get("text", "")))
        match params["name"]:
            case "echo" | "routed":
                await _json(send, message, COMPLETE | said)
            case "other-id":
                await _json(send, message | {"id": 987_654_321}, COMPLETE | said)
            case "no-result":
                await _answer(send, 200, b'{"jsonrpc": "2.0", "id": 1}')
            case "garbage":
                await _answer(send, 200, b'{"jsonrpc": "2.0", "id":')
            case "huge":
                await _json(send, message, COMPLETE | _said("x" * 20_000_000))
            case "packed":
                await _answer(send, 200, gzip.compress(b"0" * 1_000_000), {"content-encoding": "gzip"})
            case "broken-off":
                await _answer(send, 200, b"{", {"content-length": "100"})
            case "refuses":
                await _answer(send, 401, b"", {"www-authenticate": 'Bearer error="invalid_token"'})
            case "fails":
                await _answer(send, 500, b"a trace of secrets")
            case "here-again" if scope["path"] == "/mcp":
                await _answer(send, 307, b"", {"location": "/moved"})
            case "here-again":
                await _json(send, message, COMPLETE | _said("moved"))
            case "elsewhere":
                await _answer(send, 307, b"", {"location": OTHER_ORIGIN})
            case "streams":
                await _stream(send, message)
            case "cookies":
                cookie = {name.decode(): value.decode() for name, value in scope["headers"]}.get("cookie", "none")
                await _json(send, message, COMPLETE | _said(cookie), {"set-cookie": "who=ada"})
            case "unknown":
                await _error(send, message, 404, {"code": -32601, "message": "Method not found"})
            case "extra":
                await _json(send, message, COMPLETE | said | {"surprise": 1})
            case "boundless":
                number = b'{"jsonrpc": "2.0", "id": %d, "result": {"resultType": "complete", "content": [], '
                await _answer(send, 200, number % message["id"] + b'"structuredContent": {"most": 1e400}}}')
            case "asks":
                await _json(send, message, {"resultType": "input_required", "requestState": "of the server"})
            case _:
                while (await receive())["type"] != "http.disconnect":
                    await anyio.lowlevel.checkpoint()
                self.gone += 1


def _tool(name: str) -> dict[str, Any]:
    annotations = READS if name == "echo" else {}
    return {"name": name, "inputSchema": ROUTED if name == "routed" else TEXT, "annotations": annotations}


def _said(text: str) -> dict[str, Any]:
    return {"content": [{"type": "text", "text": text}]}


async def _json(send: Send, message: dict[str, Any], result: Any, headers: dict[str, str] | None = None) -> None:
    answer = {"jsonrpc": "2.0", "id": message["id"], "result": result}
    await _answer(send, 200, json.dumps(answer).encode(), headers)


async def _error(send: Send, message: dict[str, Any], status: int, error: dict[str, Any]) -> None:
    await _answer(send, status, json.dumps({"jsonrpc": "2.0", "id": message["id"], "error": error}).encode())


async def _answer(send: Send, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
    named = {"content-type": "application/json", "content-length": str(len(body))} | (headers or {})
    raw = [(name.encode(), value.encode()) for name, value in named.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})


async def _stream(send: Send, message: dict[str, Any]) -> None:
    token = message["params"]["_meta"].get("progressToken")
    of_another = {"progressToken": "of another", "progress": 9}
    news: list[dict[str, Any]] = [
        {"method": "notifications/progress", "params": {"progressToken": token, "progress": 1, "message": "half"}},
        {"method": "notifications/progress", "params": of_another},
        {"method": "notifications/message", "params": {"level": "info", "data": "working"}},
        {"id": 5, "method": "sampling/createMessage", "params": {}},
        {"id": message["id"], "result": COMPLETE | _said("streamed")},
        {"id": message["id"], "result": COMPLETE | _said("once more")},
    ]
    events = [(b"content-type", b"text/event-stream")]
    await send({"type": "http.response.start", "status": 200, "headers": events})
    for one in news:
        event = b": note\r\nid: 1\r\nevent: message\r\ndata: " + json.dumps({"jsonrpc": "2.0", **one}).encode()
        await send({"type": "http.response.body", "body": event[:30], "more_body": True})
        await send({"type": "http.response.body", "body": event[30:] + b"\r\n\r\n", "more_body": True})
    await send({"type": "http.response.body", "body": b""})
