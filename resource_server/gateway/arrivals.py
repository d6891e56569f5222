"""What a server sends, before anything comes of it: not too fast, and each answer to the question it was given for."""

from contextvars import Context
from types import TracebackType
from typing import Any

from mcp.shared.message import SessionMessage
from mcp_types import INTERNAL_ERROR, ErrorData, JSONRPCError, JSONRPCResponse

from resource_server.gateway.fate import FATE, NoMessageError, TooMuchError
from resource_server.gateway.flow import Flow

MESSAGES_PER_SECOND = 500.0
TOO_MUCH = "too much"
NO_MESSAGE = "The server's answer is not one of the protocol."
NOT_ITS_OWN = "The server answered another question than the one it was asked."

Item = SessionMessage | Exception


class Arrivals:
    """The SDK's stream of messages, as its dispatcher reads it."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._flow = Flow(MESSAGES_PER_SECOND)
        self.too_much: set[object] = set()
        """The ids of requests whose answers were longer than is taken."""

    @property
    def last_context(self) -> Context | None:
        """In which the newest message was received; with HTTP that of the request that it belongs to."""
        found: Context | None = getattr(self._stream, "last_context", None)
        return found

    async def receive(self) -> Item:
        """The next message. Raises as the stream does."""
        await self._flow.take(1)
        return self._seen(await self._stream.receive())

    async def aclose(self) -> None:
        """Closes the stream."""
        await self._stream.aclose()

    def __aiter__(self) -> "Arrivals":
        return self

    async def __anext__(self) -> Item:
        await self._flow.take(1)
        return self._seen(await self._stream.__anext__())

    async def __aenter__(self) -> "Arrivals":
        await self._stream.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stream.__aexit__(kind, error, trace)

    def _seen(self, item: Item) -> Item:
        if isinstance(item, TooMuchError):
            self.too_much.add(item.request_id)
            return _error(item.request_id, TOO_MUCH)
        if isinstance(item, NoMessageError):
            return _error(item.request_id, NO_MESSAGE)
        return item if isinstance(item, Exception) else self._of_its_question(item)

    def _of_its_question(self, item: SessionMessage) -> SessionMessage:
        """Over HTTP an answer comes where it was asked for; with another id it would be taken for somebody else's."""
        message, context = item.message, self.last_context
        fate = context.get(FATE) if context is not None else None
        if fate is None or not isinstance(message, (JSONRPCResponse, JSONRPCError)):
            return item
        if str(message.id) == str(fate.id):
            return item
        if isinstance(message, JSONRPCError) and message.id is None:
            return SessionMessage(JSONRPCError(jsonrpc="2.0", id=fate.id, error=message.error))
        return _error(fate.id, NOT_ITS_OWN)


def _error(request_id: Any, message: str) -> SessionMessage:
    return SessionMessage(
        JSONRPCError(jsonrpc="2.0", id=request_id, error=ErrorData(code=INTERNAL_ERROR, message=message))
    )
