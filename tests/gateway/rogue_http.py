"""The server that does what it should not, over HTTP: /modern and /old with events, /json without, /sse as it was."""

import asyncio
import gzip
import json
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.gateway.rogue import Step, answer, steps

EMPTY = {"type": "object"}
EVENTS = "text/event-stream"
MODERN = {"supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}}}


class Rogue:
    """`made` counts sessions; a session that it was told to forget is answered with 404."""

    def __init__(self) -> None:
        self.made = 0
        self.forgotten = 0
        self.lists = 0
        self.calls: list[str] = []
        self._queues: dict[str, asyncio.Queue[bytes | None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def app(self) -> Starlette:
        """At its four paths."""
        routes = [
            Route("/modern", self._modern, methods=["POST", "GET", "DELETE"]),
            Route("/old", self._old, methods=["POST", "GET", "DELETE"]),
            Route("/json", self._json, methods=["POST", "GET", "DELETE"]),
            Route("/many", self._many, methods=["POST", "GET", "DELETE"]),
            Route("/bomb", self._bomb, methods=["POST", "GET", "DELETE"]),
            Route("/sse", self._sse),
            Route("/messages", self._messages, methods=["POST"]),
        ]
        return Starlette(routes=routes)

    def forget_sessions(self) -> None:
        """As a server does that starts anew."""
        self.forgotten = self.made

    async def _modern(self, request: Request) -> Response:
        return await self._answered(request, _events, knows_modern=True)

    async def _old(self, request: Request) -> Response:
        return await self._answered(request, _events, knows_modern=False)

    async def _json(self, request: Request) -> Response:
        return await self._answered(request, _bodies, knows_modern=False)

    async def _many(self, request: Request) -> Response:
        """Thousands of tools, of which each list describes all anew."""
        message = await request.json() if request.method == "POST" else {}
        if message.get("method") != "tools/list":
            return await self._answered(request, _events, knows_modern=True)
        self.made += 1
        tools = [{"name": f"tool-{one}", "description": f"{self.made}", "inputSchema": EMPTY} for one in range(3_000)]
        return JSONResponse({"jsonrpc": "2.0", "id": message["id"], "result": {"tools": tools, "ttlMs": 1}})

    async def _bomb(self, request: Request) -> Response:
        """Every answer is compressed, and that to a call is a thousand times as long as it looks."""
        if request.method != "POST":
            return Response(status_code=405)
        message = await request.json()
        if message.get("method") != "tools/call":
            return await self._answered(request, _bodies, knows_modern=False)
        body = gzip.compress(b'{"jsonrpc": "2.0", "id": %d, "result": {"x": "%s"}}' % (message["id"], b"0" * 2_000_000))
        return Response(body, headers={"Content-Encoding": "gzip"}, media_type="application/json")

    async def _answered(
        self, request: Request, way: Callable[[dict[str, Any]], Response], *, knows_modern: bool
    ) -> Response:
        if request.method == "DELETE":
            return Response()
        if request.method == "GET":
            return Response(status_code=405)
        message = await request.json()
        if "id" not in message or "method" not in message:
            return Response(status_code=202)
        if message["method"] == "server/discover":
            found = {"jsonrpc": "2.0", "id": message["id"], "result": MODERN}
            return JSONResponse(found) if knows_modern else PlainTextResponse("Bad Request", 400)
        if message["method"] == "initialize":
            self.made += 1
            found = {"jsonrpc": "2.0", "id": message["id"], "result": answer("initialize")}
            return JSONResponse(found, headers={"Mcp-Session-Id": str(self.made)})
        if not knows_modern and int(request.headers.get("mcp-session-id", "0")) <= self.forgotten:
            return Response(status_code=404)
        self.lists += message["method"] == "tools/list"
        if message["method"] == "tools/call":
            self.calls.append(message["params"]["name"])
        return way(message)

    async def _sse(self, _request: Request) -> Response:
        self.made += 1
        name, queue = str(self.made), asyncio.Queue[bytes | None]()
        self._queues[name] = queue

        async def told() -> AsyncIterator[bytes]:
            yield f"event: endpoint\ndata: /messages?session_id={name}\n\n".encode()
            try:
                while (piece := await queue.get()) is not None:
                    yield piece
            finally:
                del self._queues[name]

        return StreamingResponse(told(), media_type=EVENTS)

    async def _messages(self, request: Request) -> Response:
        message = await request.json()
        queue = self._queues.get(request.query_params["session_id"])
        if queue is None:
            return Response(status_code=404)
        if "id" in message and "method" in message:
            task = asyncio.create_task(_queued(message, queue))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return Response(status_code=202)


async def _queued(message: dict[str, Any], queue: "asyncio.Queue[bytes | None]") -> None:
    async for piece in _pieces(message, as_events=True):
        await queue.put(piece)


def _events(message: dict[str, Any]) -> Response:
    return StreamingResponse(_whole(message, as_events=True), media_type=EVENTS)


def _bodies(message: dict[str, Any]) -> Response:
    return StreamingResponse(_whole(message, as_events=False), media_type="application/json")


async def _whole(message: dict[str, Any], *, as_events: bool) -> AsyncIterator[bytes]:
    async for piece in _pieces(message, as_events=as_events):
        if piece is None:
            raise ConnectionAbortedError  # the connection breaks
        yield piece


async def _pieces(message: dict[str, Any], *, as_events: bool) -> AsyncIterator[bytes | None]:
    started = False
    for step in steps(message):
        if isinstance(step, float):
            await asyncio.sleep(step)
            continue
        if step is None:
            yield None
            return
        if isinstance(step, bytes):
            yield step if started or not as_events else b"data: " + step
            started = True
            if message["params"]["name"] == "no_json" and not as_events:
                return
            continue
        if not as_events and "method" in step:
            continue
        yield _message(step, as_events=as_events)
        if not as_events:
            return


def _message(step: Step, *, as_events: bool) -> bytes:
    body = json.dumps(step).encode()
    return b"event: message\ndata: " + body + b"\n\n" if as_events else body


if __name__ == "__main__":
    uvicorn.run(Rogue().app(), host="127.0.0.1", port=int(sys.argv[1]), log_level="critical")
