"""HTTP/1.1 to one server: a request and its answer at a time, the next one when it is read to its end (RFC 9112)."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import httptools

MAX_HEAD = 64 * 1024
LONGEST_KEPT = 4 * 1024
"""Characters of values in a head that is remembered."""
MOST_WAITING = 256 * 1024
"""So many bytes of a body wait for their reader; then the server has to wait."""


class Patience(NamedTuple):
    """Seconds: until the head of an answer is there, and until all of it is."""

    head: float
    whole: float


class ConnectionLostError(ConnectionError):
    """The connection ended before its answer did, or what came is no HTTP."""


class HttpConnection(asyncio.Protocol):
    """`status`, `headers` (names in lower case, those that came twice joined) and body of the answer at hand."""

    status: int
    headers: dict[str, str]
    _parser: Any
    _pieces: list[bytes]
    _waiting: int
    _head_bytes: int
    _has_head: bool
    _has_answer: bool
    _ends_with_connection: bool
    _is_lost: bool
    _is_late: bool
    _is_paused: bool

    def __init__(self) -> None:
        self.is_usable = True
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0  # 0 while nothing is waited for
        self._patience = Patience(0.0, 0.0)
        self._begin()

    async def post(self, head: bytes, body: bytes, patience: Patience) -> None:
        """Sends a request; ends when the head of its answer is there. Raises ConnectionLostError and TimeoutError."""
        if self._transport is None or not self.is_usable:
            raise ConnectionLostError
        self._begin()
        self._has_answer = False
        self._patience = patience
        self._wait_until(self._loop.time() + min(patience))
        self._transport.write(head + body)
        while not self._has_head:
            await self._next()

    async def body(self) -> AsyncIterator[bytes]:
        """Its pieces, as they come. Raises ConnectionLostError and TimeoutError."""
        while True:
            if self._pieces:
                whole, self._pieces, self._waiting = b"".join(self._pieces), [], 0
                self._read_on()
                yield whole
            elif self._has_answer:
                return
            else:
                await self._next()

    def whole(self) -> bytes | None:
        """The body, where all of it has come and nothing of it was taken; else None."""
        if not self._has_answer or self._is_paused or self._is_lost:
            return None
        pieces, self._pieces, self._waiting = self._pieces, [], 0
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    @property
    def is_free(self) -> bool:
        """Whether another request may follow."""
        return self.is_usable and self._has_answer and not self._pieces

    def close(self) -> None:
        """Ends the connection, and whatever is under way."""
        self.is_usable = False
        self._stop_timer()
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as loops call it
        """It is open."""
        self._transport = transport

    def connection_lost(self, _cause: Exception | None) -> None:
        """It is over; an answer without a length ends with it."""
        self.is_usable = False
        self._stop_timer()
        self._is_lost = not (self._has_head and self._ends_with_connection)
        self._has_answer = self._has_answer or not self._is_lost
        self._wake()

    def data_received(self, data: bytes) -> None:
        """Part of an answer. What nobody asked for ends the connection."""
        if self._has_answer:
            self.close()
            return
        self._head_bytes += 0 if self._has_head else len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._is_lost = True
            self.close()
        if not self._has_head and self._head_bytes > MAX_HEAD:
            self._is_lost = True
            self.close()
        self._wake()

    def on_message_begin(self) -> None:
        """An answer begins. A second one is to nothing that was asked; raised, it ends the connection."""
        if self._has_answer:
            raise ConnectionLostError

    def on_header(self, name: bytes, value: bytes) -> None:
        """The parser read a header. What follows the body in its form is none (RFC 9110 §6.5.1)."""
        if self._has_head:
            return
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        self.headers[key] = f"{self.headers[key]}, {text}" if key in self.headers else text

    def on_headers_complete(self) -> None:
        """The parser read the head; interim answers are passed over (RFC 9110 §15.2)."""
        self.status = self._parser.get_status_code()
        if self.status < 200:
            self.headers = {}
            return
        self._has_head = True
        is_empty = self.status in (204, 304)
        self._ends_with_connection = not (
            is_empty or "content-length" in self.headers or "chunked" in self.headers.get("transfer-encoding", "")
        )

    def on_body(self, piece: bytes) -> None:
        """The parser read a piece of the body."""
        self._pieces.append(piece)
        self._waiting += len(piece)
        if self._waiting > MOST_WAITING and self._transport is not None and not self._is_paused:
            self._is_paused = True
            self._transport.pause_reading()

    def on_message_complete(self) -> None:
        """The parser read all of it."""
        if self.status < 200:
            return
        self._due = 0.0
        self._has_answer = True
        self.is_usable = self.is_usable and self._parser.should_keep_alive()

    def _begin(self) -> None:
        self.status = 0
        self.headers = {}
        self._parser = httptools.HttpResponseParser(self)
        self._pieces = []
        self._waiting = self._head_bytes = 0
        self._has_head = self._ends_with_connection = self._is_lost = self._is_late = False
        self._is_paused = False
        self._has_answer = True

    def _wait_until(self, due: float) -> None:
        """One timer serves many requests: it looks, when it rings, whether what is waited for now is due."""
        self._due = due
        if self._timer is not None and self._timer.when() > due:
            self._timer.cancel()
            self._timer = None
        if self._timer is None:
            self._timer = self._loop.call_at(due, self._ring)

    def _ring(self) -> None:
        self._timer = None
        if self._due > self._loop.time():
            self._wait_until(self._due)
        elif self._due:
            self._give_up()

    def _give_up(self) -> None:
        """The head has taken too long, or all of it."""
        patience, self._patience = self._patience, Patience(0.0, 0.0)
        if self._has_head and patience.head < patience.whole:
            self._wait_until(self._loop.time() + patience.whole - patience.head)
            return
        self._is_late = True
        self.close()
        self._wake()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _read_on(self) -> None:
        if self._is_paused and self._transport is not None and not self._transport.is_closing():
            self._is_paused = False
            self._transport.resume_reading()

    async def _next(self) -> None:
        if self._is_late:
            raise TimeoutError
        if self._is_lost or not (self.is_usable or self._has_answer):
            raise ConnectionLostError
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None
        if self._is_late:
            raise TimeoutError
        if self._is_lost:
            raise ConnectionLostError

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


def head_of(authority: str, target: str, headers: Mapping[str, str], length: int) -> bytes:
    """The head of a POST. No name or value may break a line. Raises ValueError."""
    lines = _lines if sum(map(len, headers.values())) <= LONGEST_KEPT else _lines.__wrapped__
    return b"%scontent-length: %d\r\n\r\n" % (lines(authority, target, tuple(headers.items())), length)


@lru_cache(maxsize=1_000)
def _lines(authority: str, target: str, headers: tuple[tuple[str, str], ...]) -> bytes:
    """All but the last; the heads of a server's calls are mostly the same."""
    lines = [f"POST {target} HTTP/1.1", f"host: {authority}", *(f"{name}: {value}" for name, value in headers)]
    text = "\r\n".join(lines)
    if text.count("\n") != len(lines) - 1 or text.count("\r") != len(lines) - 1 or "\0" in text:
        raise ValueError("a header breaks its line")
    return f"{text}\r\n".encode("latin-1")
