"""Whether an answer has begun: what was half said cannot be said otherwise."""

from starlette.types import Message, Send


class NoticedStart:
    """A `send` that passes everything on; `was_seen` once the answer began."""

    def __init__(self, send: Send) -> None:
        self.was_seen = False
        self._send = send

    async def __call__(self, message: Message) -> None:
        """One message of the answer."""
        self.was_seen = self.was_seen or message["type"] == "http.response.start"
        await self._send(message)
