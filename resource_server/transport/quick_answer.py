"""The answer to one request, as JSON or, once there is news on the way, as an event stream (MCP, streamable HTTP)."""

import asyncio
from typing import Any

from pydantic_core import to_json

from resource_server.gateway.conversation import Params
from resource_server.transport.accept import JSON, STREAM, Reads
from resource_server.transport.exchange import Exchange

SILENT_SECONDS = 15.0
"""After so long without a word a proxy on the way might take the connection for dead, and close it."""

PING = b": ping\r\n\r\n"
EVENT_HEADERS = [
    (b"content-type", STREAM.encode()),
    (b"cache-control", b"no-cache, no-transform"),
    (b"x-accel-buffering", b"no"),
]


class QuickAnswer:
    """Whoever reads no stream gets no news, and the answer as JSON whenever it comes."""

    def __init__(self, exchange: Exchange) -> None:
        self._send = exchange.send
        self._may_stream = exchange.reads is Reads.BOTH
        self._writing: asyncio.Lock | None = None  # since the stream began
        self._timer: asyncio.TimerHandle | None = None
        self._pings: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """From now on silence is broken."""
        if self._may_stream:
            self._timer = asyncio.get_running_loop().call_later(SILENT_SECONDS, self._begin_pings)

    def end(self) -> None:
        """Nothing more is said."""
        if self._timer is not None:
            self._timer.cancel()
        if self._pings is not None:
            self._pings.cancel()

    async def notify(self, method: str, params: Params) -> None:
        """News on the way."""
        if self._may_stream:
            await self._say(_event({"jsonrpc": "2.0", "method": method, "params": params}))

    async def finish(self, status: int, message: dict[str, Any]) -> None:
        """The answer itself."""
        self.end()
        if self._writing is not None:
            async with self._writing:
                await self._send({"type": "http.response.body", "body": _event(message), "more_body": False})
            return
        body = _json(message)
        headers = [(b"content-type", JSON.encode()), (b"content-length", str(len(body)).encode())]
        await self._send({"type": "http.response.start", "status": status, "headers": headers})
        await self._send({"type": "http.response.body", "body": body, "more_body": False})

    async def _say(self, piece: bytes) -> None:
        is_first, self._writing = self._writing is None, self._writing or asyncio.Lock()
        async with self._writing:
            if is_first:
                await self._send({"type": "http.response.start", "status": 200, "headers": EVENT_HEADERS})
            await self._send({"type": "http.response.body", "body": piece, "more_body": True})

    def _begin_pings(self) -> None:
        self._pings = asyncio.create_task(self._ping())

    async def _ping(self) -> None:
        while True:
            await self._say(PING)
            await asyncio.sleep(SILENT_SECONDS)


def _event(message: dict[str, Any]) -> bytes:
    return b"event: message\r\ndata: " + _json(message) + b"\r\n\r\n"


def _json(message: dict[str, Any]) -> bytes:
    """A number beyond what a float holds, as a server may send one, would be a word that JSON has not (RFC 8259 §6)."""
    return to_json(message, inf_nan_mode="null")
