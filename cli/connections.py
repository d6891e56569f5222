"""One connection to either server: how much may come before a request is there, and how long it may take.

Uvicorn reads heads, trailers and what follows an early answer without any limit. The applications bound bodies.
"""

import asyncio
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from shared.refusals import Reason, Step, note_refusal

MAX_HEAD: Final = 64 * 1024
"""Bytes of request line and header fields, or of trailers."""

HEAD_SECONDS: Final = 20.0
"""From the first byte of a head to its last, and from an early answer to the end of what it answers."""

LINGER_SECONDS: Final = 2.0
"""How long what still arrives is thrown away, so that the refusal is read before the connection is reset."""


@dataclass(frozen=True)
class Refusal:
    """What a client is told that never came as far as an application."""

    status: int
    reason: Reason
    sentence: bytes


MALFORMED = Refusal(400, Reason.REQUEST_MALFORMED, b"This is not an HTTP request.")
TOO_SLOW = Refusal(408, Reason.SLOW_CLIENT, b"The request took too long to arrive.")
TOO_LARGE = Refusal(431, Reason.HEAD_TOO_LARGE, b"The request has too many or too large headers.")


class HeadTooLargeError(Exception):
    """RFC 6585 §5: raised through the parser, which stops there."""


class Connection(HttpToolsProtocol):
    """Uvicorn's protocol with bounds. A request that comes in one piece sets no timer here."""

    head_seconds = HEAD_SECONDS

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._pending = 0  # bytes since the last piece of a body, or since the last request ended
        self._piece = 0  # bytes that came together just now
        self._before = 0  # of those with which the last request ended: the next may have begun among them
        self._awaits_head = True
        self._is_refused = False
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in uvicorn
        """Somebody connected, and has not said anything."""
        super().connection_made(transport)
        self._start_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._stop_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes. Replaces uvicorn's, whose own log line for each bad request this is not."""
        if self._is_refused:
            return
        self._unset_keepalive_if_required()
        self._piece = len(data)
        self._pending += self._piece
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            return  # RFC 9110 §7.8: an offer, which may be left alone
        except httptools.HttpParserError as error:
            self._refuse(TOO_LARGE if isinstance(error.__context__, HeadTooLargeError) else MALFORMED)
            return
        if self._pending > MAX_HEAD:
            self._refuse(TOO_LARGE)
        elif self._pending and self._awaits_head and self._deadline is None:
            self._start_deadline()

    def on_headers_complete(self) -> None:
        """The head is there; one that came in a single large piece is measured now."""
        self._awaits_head = False
        self._stop_deadline()
        if self._before + self._pending > MAX_HEAD and self._head_size() > MAX_HEAD:
            raise HeadTooLargeError
        super().on_headers_complete()

    def _head_size(self) -> int:
        return len(self.url) + 4 * len(self.headers) + sum(map(len, chain.from_iterable(self.headers)))

    def on_body(self, body: bytes) -> None:
        """A piece of the body, whose size is the application's concern."""
        self._pending = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request has ended; a deadline that its early answer set goes on for the next head."""
        self._pending, self._before = 0, self._piece
        self._awaits_head = True
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Answered. What is left of the request is thrown away, but not for ever."""
        super().on_response_complete()
        if not self._awaits_head and self._deadline is None:
            self._start_deadline()

    def _start_deadline(self) -> None:
        self._deadline = self.loop.call_later(self.head_seconds, self._give_up)

    def _stop_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        """Nobody is cut off while an answer is under way."""
        self._deadline = None
        if self.cycle is not None and not self.cycle.response_complete:
            self._start_deadline()
        elif self._awaits_head and self._pending:
            self._refuse(TOO_SLOW)
        else:
            self.transport.close()

    def _refuse(self, refusal: Refusal) -> None:
        """Answers past the application, and closes. An answer that has begun is broken off, not mixed with another."""
        note_refusal(Step.REACH, refusal.reason)
        self._is_refused = True
        self._stop_deadline()
        if self._abandon_cycle():
            self.transport.close()
            return
        self.transport.write(_written(refusal))
        self.transport.write_eof()
        self.flow.resume_reading()
        self._deadline = self.loop.call_later(LINGER_SECONDS, self.transport.close)

    def _abandon_cycle(self) -> bool:
        """The application hears that its client is gone; says whether it had begun to answer."""
        if self.cycle is None or self.cycle.response_complete:
            return False
        self.cycle.disconnected = True
        self.cycle.message_event.set()
        return self.cycle.response_started


def _written(refusal: Refusal) -> bytes:
    length = str(len(refusal.sentence)).encode()
    fields = b"Content-Type: text/plain; charset=utf-8\r\nContent-Length: " + length + b"\r\nConnection: close\r\n\r\n"
    return STATUS_LINE[refusal.status] + fields + refusal.sentence
