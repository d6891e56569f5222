"""HTTP within bounds: how long a server may take, how much it may say, and that a failure is that of one request."""

from collections.abc import AsyncIterator
from contextlib import AbstractContextManager

import anyio
import httpx2

from resource_server.gateway.fate import FATE, MOST_SENDS, Fate, TooMuchError
from resource_server.gateway.flow import Flow
from resource_server.gateway.limits import MEGABYTE, Limits
from resource_server.gateway.parts import MOST_PARTS, parts_in

AFTERTHOUGHT_SECONDS = 10.0
"""For what is no request of MCP's: a notification, an answer, the end of a session."""

BYTES_PER_SECOND = 16.0 * MEGABYTE
EVENTS = "text/event-stream"
IS_OURS = "is_ours"
"""Marks an answer that no server gave."""
IS_ASKED = "is_asked"
"""Marks the request itself, which may be sent again to another address, or with another credential."""


class StreamOverError(httpx2.StreamError):
    """The body ends here: it is too long, or nobody waits for it."""


class BoundedTransport(httpx2.AsyncBaseTransport):
    """Another transport, with bounds. Where `answers_elsewhere` the answer to a POST is that it was taken."""

    def __init__(self, inner: httpx2.AsyncBaseTransport, limits: Limits, *, answers_elsewhere: bool = False) -> None:
        self._inner = inner
        self._limits = limits
        self._answers_elsewhere = answers_elsewhere

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """An answer in any case where a request of MCP's failed, so that it fails alone; `fate.error` says why."""
        fate = FATE.get()
        is_question = (
            fate is not None and request.method == "POST" and (not fate.sends or IS_ASKED in request.extensions)
        )
        if request.method == "POST" and not is_question:
            fate = None  # a notification, or an answer to a question of the server's
        if fate is not None:
            fate.sends += 1
            request.extensions[IS_ASKED] = True
            if fate.is_over or fate.sends > MOST_SENDS:
                return _refusal(request)
        try:
            response = await self._sent(request, fate)
        except httpx2.TransportError as error:
            if request.method != "POST":
                raise
            if fate is not None:
                fate.fail(error, at_once=self._answers_elsewhere)
            return _refusal(request)
        if fate is not None:
            fate.status = response.status_code
        return self._bounded(response, fate)

    async def aclose(self) -> None:
        """Closes the inner one."""
        await self._inner.aclose()

    async def _sent(self, request: httpx2.Request, fate: Fate | None) -> httpx2.Response:
        is_long = request.method == "GET" or (fate is not None and not self._answers_elsewhere)
        seconds = self._limits.first_byte_seconds if is_long else AFTERTHOUGHT_SECONDS
        with anyio.move_on_after(seconds), _waits(fate):
            return await self._inner.handle_async_request(request)
        raise httpx2.ReadTimeout("no answer in time", request=request)

    def _bounded(self, response: httpx2.Response, fate: Fate | None) -> httpx2.Response:
        encoding = response.headers.get("content-encoding", "identity")
        most = self._limits.most_bytes if encoding == "identity" else 0  # we asked for no other
        is_events = response.headers.get("content-type", "").startswith(EVENTS)
        assert isinstance(response.stream, httpx2.AsyncByteStream)  # noqa: S101 (an asynchronous client's)
        response.stream = BoundedBody(response.stream, most, fate, is_events=is_events)
        return response


class BoundedBody(httpx2.AsyncByteStream):
    """A body of at most so many bytes and values; of events, each."""

    def __init__(self, inner: httpx2.AsyncByteStream, most: int, fate: Fate | None, *, is_events: bool) -> None:
        self._inner, self._most, self._fate, self._is_events = inner, most, fate, is_events

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size, parts, end, flow = 0, 0, b"", Flow(BYTES_PER_SECOND)
        pieces = aiter(self._inner)
        while (piece := await self._next(pieces)) is not None:
            size, parts = size + len(piece), parts + parts_in(piece)
            if self._is_events:
                end = (end + piece)[-len(piece) - 3 :]
                if (at := max(end.rfind(b"\n\n"), end.rfind(b"\r\n\r\n"), end.rfind(b"\r\r"))) >= 0:
                    size, parts = len(end) - at, parts_in(end[at:])
                end = end[-3:]
            if size > self._most or parts > MOST_PARTS:
                self._fail(TooMuchError())
            await flow.take(len(piece))
            yield piece

    async def aclose(self) -> None:
        """Closes the connection, or gives it back."""
        await self._inner.aclose()

    async def _next(self, pieces: AsyncIterator[bytes]) -> bytes | None:
        try:
            with _waits(self._fate):
                return await anext(pieces, None)
        except httpx2.TransportError as error:
            self._fail(error)
        raise StreamOverError("nobody waits for this any more")

    def _fail(self, error: Exception) -> None:
        """As the SDK takes it for the end of this one request. Raises StreamOverError or SSEError."""
        if self._fate is not None:
            self._fate.error = error
        if isinstance(error, TooMuchError) and self._is_events:
            raise httpx2.SSEError("too long an event") from error
        raise StreamOverError("the body ends here") from error


def _waits(fate: Fate | None) -> AbstractContextManager[object]:
    return fate.waits() if fate is not None else anyio.CancelScope()


def _refusal(request: httpx2.Request) -> httpx2.Response:
    """What the SDK takes for the server's refusal."""
    return httpx2.Response(503, request=request, stream=httpx2.ByteStream(b""), extensions={IS_OURS: True})
