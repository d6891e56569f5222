"""An answer kept back until it is known what it says; for short answers alone."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import Message, Send

from resource_server.transport.exchange import SESSION_HEADER
from resource_server.transport.folding import events


class HeldAnswer:
    """An ASGI `send` that sends nothing before `release`."""

    def __init__(self) -> None:
        self._messages: list[Message] = []

    async def __call__(self, message: Message) -> None:
        """One ASGI message from the SDK."""
        self._messages.append(message)

    @property
    def session(self) -> str | None:
        """The session id the answer carries."""
        return Headers(raw=self._messages[0]["headers"]).get(SESSION_HEADER) if self._messages else None

    @property
    def has_result(self) -> bool:
        """Whether the event stream carries a JSON-RPC result, and no error."""
        body = b"".join(message.get("body", b"") for message in self._messages[1:])
        return any("result" in data for data in events(body))

    def offer(self, session: str | None) -> None:
        """Puts another session id in place of the SDK's, or none."""
        if not self._messages:  # the client left first
            return
        headers = MutableHeaders(scope=self._messages[0])
        del headers[SESSION_HEADER]
        if session is not None:
            headers[SESSION_HEADER] = session

    async def release(self, send: Send) -> None:
        """Sends everything that came."""
        for message in self._messages:
            await send(message)
