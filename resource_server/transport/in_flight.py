"""Requests that are being answered, by the ids their clients gave them (MCP, base protocol, requests)."""

from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager

import anyio
from mcp.server.streamable_http import GET_STREAM_KEY
from mcp.shared.dispatcher import coerce_request_id
from starlette.types import Message, Send

from resource_server.transport.messages import IncomingMessage


class DuplicateIdError(Exception):
    """Another request of the same session has this id and is not answered yet."""


class InFlight:
    """The SDK finds the stream of an answer by the id of the request: a second one would take over the first's."""

    def __init__(self) -> None:
        self._answers: dict[Hashable, _Answer] = {}

    @asynccontextmanager
    async def claim(self, session: Hashable, message: IncomingMessage | None, send: Send) -> AsyncIterator[Send]:
        """Reserves the id of a request until the block ends; the block answers through what this yields.

        Raises DuplicateIdError. Some clients have only one id and use it again the moment they can read the answer:
        they wait until the SDK is done with it too.
        """
        if message is None or message.method is None or message.id is None:
            yield send
            return
        key = (session, coerce_request_id(message.id))
        while (earlier := self._answers.get(key)) is not None:
            if not earlier.has_begun:
                raise DuplicateIdError
            await earlier.is_over.wait()
        if message.id == GET_STREAM_KEY:  # the SDK keeps the stream of GET under this id
            raise DuplicateIdError
        self._answers[key] = answer = _Answer(send)
        try:
            yield answer
        finally:
            del self._answers[key]
            answer.is_over.set()


class _Answer:
    """An ASGI `send` that knows whether the client can have read anything."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.has_begun = False
        self.is_over = anyio.Event()

    async def __call__(self, message: Message) -> None:
        self.has_begun = self.has_begun or bool(message.get("body"))
        await self._send(message)
