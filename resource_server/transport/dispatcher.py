"""Which of the SDK's ways serves a request: by protocol revision, session, and what the client can read."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import anyio
from mcp.server import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp_types import HEADER_MISMATCH, LOG_LEVEL_META_KEY, PROTOCOL_VERSION_META_KEY
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS
from starlette.responses import Response

from resource_server.authorization.challenges import json_rpc_error
from resource_server.authorization.open_call import OpenCall
from resource_server.context.caller import Caller
from resource_server.gateway.naming import parts_of
from resource_server.sessions import Sessions
from resource_server.transport.accept import JSON, STREAM, Reads
from resource_server.transport.callers import in_session, said_session
from resource_server.transport.exchange import SESSION_HEADER, VERSION_HEADER, Exchange
from resource_server.transport.quick_way import QuickWay
from resource_server.transport.session_bridge import SessionBridge

MIN_ROOM = 10_000
PEOPLE = 20
"""So many people have room in one process with all the sessions they may hold, at some 36 KiB each: one person never
takes more than a twentieth."""
IDLE_SECONDS = 600.0
"""As long as an access token: an app without one is not at work. Nothing is lost when the SDK lets a session go, since
the next request greets it again."""
STREAMED_METHOD = "subscriptions/listen"
STREAMED_META = frozenset({"progressToken", LOG_LEVEL_META_KEY})


class Dispatcher:
    """Two of the SDK's managers over one server: `plain` answers JSON, `streaming` keeps sessions and streams.

    One that `passes_on` has nothing of its own to answer: another server does. `quick` takes what needs no SDK.
    """

    def __init__(
        self,
        server: Server[dict[str, Any]],
        sessions: Sessions,
        max_body: int,
        quick: QuickWay,
        *,
        passes_on: bool = False,
    ) -> None:
        self._passes_on = passes_on
        self._quick = quick
        self._plain = StreamableHTTPSessionManager(
            server, json_response=True, stateless=True, max_request_body_size=max_body
        )
        self._streaming = StreamableHTTPSessionManager(
            server,
            max_request_body_size=max_body,
            max_sessions=max(MIN_ROOM, sessions.per_user * PEOPLE),
            session_idle_timeout=IDLE_SECONDS,
        )
        self._bridge = SessionBridge(self._streaming, sessions)

    @asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """Both managers' task groups, and an ear for sessions that end in other processes."""
        async with self._plain.run(), self._streaming.run(), anyio.create_task_group() as tasks:
            tasks.start_soon(self._bridge.follow)
            yield
            tasks.cancel_scope.cancel()

    def quick(self, exchange: Exchange) -> Callable[[OpenCall], Awaitable[None]] | None:
        """What answers a request that needs no SDK, in the call that it is told; None for all others."""
        version = exchange.header(VERSION_HEADER)
        if version is None or version in HANDSHAKE_PROTOCOL_VERSIONS:
            return None
        return self._quick.answering(_in_said_session(exchange))

    async def dispatch(self, exchange: Exchange, caller: Caller) -> None:
        """Answers one authorized request, by the SDK."""
        exchange = _in_said_session(exchange)
        version = exchange.header(VERSION_HEADER)
        session_id = exchange.header(SESSION_HEADER)
        if version is not None and version not in HANDSHAKE_PROTOCOL_VERSIONS:
            await self._modern(exchange)
        elif exchange.message is not None and PROTOCOL_VERSION_META_KEY in exchange.message.meta:
            await _refuse_missing_version(exchange)
        elif session_id is not None:
            await self._bridge.serve(exchange, caller, session_id)
        elif exchange.message is not None and exchange.message.method == "initialize":
            await self._bridge.open(exchange, caller)
        elif exchange.method == "POST":
            await exchange.run(self._plain.handle_request, _accept(exchange.reads))
        else:
            allowed = Response("A session is needed for this: POST initialize first.", 405, {"Allow": "POST"})
            await allowed(exchange.scope, exchange.receive, exchange.send)

    async def _modern(self, exchange: Exchange) -> None:
        """A stream only for who asked for news on the way, or may give up the call: JSON costs a third less."""
        if exchange.reads is Reads.BOTH and (self._passes_on or _asks_for_stream(exchange) or _is_passed_on(exchange)):
            await exchange.run(self._streaming.handle_request)
        else:
            await exchange.run(self._plain.handle_request, _accept(exchange.reads))


def _in_said_session(exchange: Exchange) -> Exchange:
    """A session of ours, which is proven, takes the place of what the client says."""
    said = said_session(exchange.message.meta) if exchange.message is not None else ""
    return replace(exchange, scope=in_session(exchange.scope, said)) if said else exchange


def _asks_for_stream(exchange: Exchange) -> bool:
    message = exchange.message
    return message is not None and (message.method == STREAMED_METHOD or not STREAMED_META.isdisjoint(message.meta))


def _is_passed_on(exchange: Exchange) -> bool:
    """Calls of other servers may take long: an app that closes its connection takes them with it."""
    tool = exchange.message.called_tool if exchange.message is not None else None
    return tool is not None and parts_of(tool) is not None


def _accept(reads: Reads) -> tuple[str, ...]:
    """A client that reads no JSON is left to the SDK's refusal."""
    return (STREAM,) if reads is Reads.STREAM else (JSON,)


async def _refuse_missing_version(exchange: Exchange) -> None:
    """MCP 2026-07-28, streamable HTTP: the header repeats the version of the envelope, so it cannot be missing."""
    request_id = exchange.message.id if exchange.message else None
    response = json_rpc_error(
        400, HEADER_MISMATCH, f"{VERSION_HEADER} header is missing beside an envelope", request_id=request_id
    )
    await response(exchange.scope, exchange.receive, exchange.send)
