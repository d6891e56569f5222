"""One authorized request on its way into the SDK, and what the SDK may see of it."""

from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from resource_server.transport.accept import JSON, STREAM, Reads
from resource_server.transport.messages import IncomingMessage
from shared.request_fields import KEY as FIELDS
from shared.request_fields import field_of

SESSION_HEADER = "mcp-session-id"
VERSION_HEADER = "mcp-protocol-version"
READS = "ostiary.reads"
"""Where a handler's scope says what the client can take: one that reads no stream can be asked nothing on the way."""

WITHHELD = frozenset(
    {"accept", "authorization", "content-length", "cookie", "last-event-id", SESSION_HEADER, "x-api-key"}
)
"""Rewritten, or none of a handler's business: an inbound token must not be there to be passed on, and no stream is
resumed, so that an event id means nothing here."""

EVENTS = STREAM.encode()


@dataclass(slots=True)
class Exchange:
    """Scope, body and answer channel of one request; `scope` carries the caller."""

    scope: Scope
    receive: Receive
    send: Send
    message: IncomingMessage | None
    reads: Reads

    @property
    def method(self) -> str:
        """The HTTP method."""
        return str(self.scope["method"])

    def header(self, name: str) -> str | None:
        """A request header without the blanks around it; httptools leaves them (RFC 9110 §5.5)."""
        value = field_of(self.scope, name)
        return value.strip() if value is not None else None

    async def run(
        self,
        app: ASGIApp,
        accept: tuple[str, ...] = (JSON, STREAM),
        session: str | None = None,
        send: Send | None = None,
    ) -> None:
        """Gives the request to the SDK's `app` as one that accepts `accept` and belongs to the SDK's `session`."""
        body = self.message.encoded if self.message else b""
        headers = [(name, value.strip()) for name, value in self.scope["headers"] if name.decode() not in WITHHELD]
        headers += [(b"accept", ", ".join(accept).encode()), (b"content-length", str(len(body)).encode())]
        if session is not None:
            headers.append((SESSION_HEADER.encode(), session.encode()))
        given = {name: value for name, value in self.scope.items() if name != FIELDS} | {READS: self.reads}
        await app(given | {"headers": headers}, once(body, self.receive), send or self.send)


def once(body: bytes, then: Receive) -> Receive:
    """Gives a body that was already read, and afterwards what `then` gives: a disconnect."""
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return pending.pop() if pending else await then()

    return receive


class WatchedSend:
    """An ASGI `send` that knows how far the answer has come."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.has_started = False
        self.has_ended = False
        self.is_stream = False
        self.status = 0

    async def __call__(self, message: Message) -> None:
        """One ASGI message."""
        if message["type"] == "http.response.start":
            self.has_started = True
            self.status = message["status"]
            self.is_stream = any(name == b"content-type" and one.startswith(EVENTS) for name, one in message["headers"])
        self.has_ended = message["type"] == "http.response.body" and not message.get("more_body", False)
        await self._send(message)
