"""The body of a request on its way: passed on as it arrives, never kept."""

from collections.abc import AsyncIterator

import anyio
import httpx2
from starlette.types import Receive

from resource_server.single_port.errors import LongBodyError, SlowClientError
from resource_server.transport.bodies import ClientGoneError


class RequestBody(httpx2.AsyncByteStream):
    """Reads `receive` up to `limit` bytes within `seconds`, and knows afterwards when the client goes away.

    Iterating raises LongBodyError, ClientGoneError or SlowClientError.
    """

    def __init__(self, receive: Receive, limit: int, seconds: float) -> None:
        self.receive = receive
        self._seconds = seconds
        self._left = limit
        self._has_ended = anyio.Event()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        more, until = True, anyio.current_time() + self._seconds
        while more:
            chunk, more = await self._next(until)
            if chunk:
                yield chunk
        self._has_ended.set()

    async def cancel_when_client_goes(self, exchange: anyio.CancelScope) -> None:
        """Ends `exchange` when the client closes its connection after its whole body came."""
        await self._has_ended.wait()
        while (await self.receive())["type"] != "http.disconnect":
            pass
        exchange.cancel()

    async def _next(self, until: float) -> tuple[bytes, bool]:
        try:
            with anyio.fail_after(until - anyio.current_time()):
                message = await self.receive()
        except TimeoutError as cause:
            raise SlowClientError from cause
        if message["type"] != "http.request":
            raise ClientGoneError
        chunk: bytes = message.get("body", b"")
        self._left -= len(chunk)
        if self._left < 0:
            raise LongBodyError
        return chunk, message.get("more_body", False)
