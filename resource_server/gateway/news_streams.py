"""MCP 2026-07-28, subscriptions: a stream on which a server tells what changes, opened again when it ends."""

import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio
import httpx2
from mcp import MCPError
from mcp_types import METHOD_NOT_FOUND

from resource_server.gateway.conversation import Conversation, Front, Params
from resource_server.gateway.fate import ConversationOverError, TooMuchError

AGAIN_SECONDS = 2.0
ACKNOWLEDGED = "notifications/subscriptions/acknowledged"
EVERY_LIST = {"toolsListChanged": True, "promptsListChanged": True, "resourcesListChanged": True}

FAILED = (MCPError, ConversationOverError, TooMuchError, httpx2.TransportError)
"""What a request within a conversation raises."""


@asynccontextmanager
async def hearing_of_lists(talk: Conversation) -> AsyncIterator[None]:
    """While this lasts, a newer server tells when its lists change, as older ones do unasked."""
    async with anyio.create_task_group() as tasks:
        if talk.is_modern:
            tasks.start_soon(listen, talk, EVERY_LIST)
        yield
        tasks.cancel_scope.cancel()


async def listen(talk: Conversation, wanted: Params, acknowledged: Callable[[], None] = lambda: None) -> None:
    """News of what is `wanted`, for as long as the conversation lasts; who holds it hears them.

    A server that refuses the first stream is not asked again.
    """
    has_begun = False

    async def notify(method: str, _params: Params) -> None:
        nonlocal has_begun
        if method == ACKNOWLEDGED and not has_begun:
            has_begun = True
            acknowledged()

    front = Front({}, notify, _nobody)
    while not talk.is_over:
        try:
            await talk.request("subscriptions/listen", {"notifications": wanted}, math.inf, front)
        except FAILED:
            if not has_begun:
                return
        await anyio.sleep(AGAIN_SECONDS)


async def _nobody(_method: str, _params: Params) -> dict[str, Any]:
    raise MCPError(METHOD_NOT_FOUND, "There is nobody to ask on a stream of news.")
