"""One open conversation with a server, in whichever revision it speaks: raw requests, and what comes on the way.

A modern server (MCP 2026-07-28) is asked by `server/discover` and gets an envelope with every request; another one is
greeted by `initialize`.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from importlib.metadata import version
from itertools import count
from typing import Any

import anyio
from anyio import CapacityLimiter
from anyio.abc import TaskStatus
from mcp import MCPError
from mcp.shared.dispatcher import CallOptions, DispatchContext, ProgressFnT
from mcp.shared.inbound import NAME_BEARING_METHODS, encode_header_value
from mcp.shared.jsonrpc_dispatcher import JSONRPCDispatcher
from mcp.shared.subscriptions import LISTEN_STREAM_METHODS
from mcp.shared.transport_context import TransportContext
from mcp_types import (
    CLIENT_CAPABILITIES_META_KEY,
    CLIENT_INFO_META_KEY,
    INTERNAL_ERROR,
    LOG_LEVEL_META_KEY,
    METHOD_NOT_FOUND,
    PROTOCOL_VERSION_META_KEY,
    REQUEST_TIMEOUT,
    UNSUPPORTED_PROTOCOL_VERSION,
)
from mcp_types.version import LATEST_HANDSHAKE_VERSION, LATEST_MODERN_VERSION, MODERN_PROTOCOL_VERSIONS

from resource_server.gateway.arrivals import Arrivals
from resource_server.gateway.fate import FATE, ConversationOverError, Fate, TooMuchError
from resource_server.gateway.front import Front as Front
from resource_server.gateway.front import Params as Params
from resource_server.gateway.front import without_envelope
from resource_server.gateway.transports import Streams

VERSION_HEADER, METHOD_HEADER, NAME_HEADER = "mcp-protocol-version", "mcp-method", "mcp-name"
GREETING_SECONDS = 10.0
SENDING_SECONDS = 10.0
"""How much longer than its answer may take, a request may take in all."""
MOST_TOLD, MOST_ASKED = 100, 20
"""Notifications and questions of a server that are under way at once; more are dropped, or refused."""
LIST_CHANGED = "/list_changed"
PROGRESS, ROOTS_CHANGED = "notifications/progress", "notifications/roots/list_changed"
CLIENT = {"name": "ostiary", "title": "Ostiary", "version": version("ostiary")}

Hear = Callable[[str, Params], None]
"""Takes a notification that a list or a resource changed."""


FRONT: ContextVar[Front | None] = ContextVar("front", default=None)
"""Whose request is being made: the SDK delivers what arrives on a request's own stream in its sender's context."""


class Conversation:
    """Whoever holds it sends requests; `capabilities` and `instructions` are the server's."""

    def __init__(
        self,
        dispatcher: JSONRPCDispatcher[TransportContext],
        arrivals: Arrivals,
        hear: Hear,
    ) -> None:
        self._dispatcher = dispatcher
        self._arrivals = arrivals
        self._hear = hear
        self._level = ""
        self._able: Params = {}
        self._fronts: list[Front | None] = []
        self._ids = count(1)
        self._told, self._asked = CapacityLimiter(MOST_TOLD), CapacityLimiter(MOST_ASKED)
        self.is_over = False
        self.version = ""
        self.hello: dict[str, Any] = {}

    @property
    def is_modern(self) -> bool:
        """Whether the server speaks a revision without sessions."""
        return self.version in MODERN_PROTOCOL_VERSIONS

    @property
    def capabilities(self) -> Params:
        """What the server says it can do."""
        found: Params = self.hello.get("capabilities") or {}
        return found

    async def request(self, method: str, params: Params, seconds: float, front: Front | None = None) -> dict[str, Any]:
        """The server's result as it came.

        Raises MCPError: the server's own, or that it did not answer; ConversationOverError where nothing was sent;
        TooMuchError; and with HTTP what httpx2 raises.
        """
        if (level := (params.get("_meta") or {}).get(LOG_LEVEL_META_KEY)) and not self.is_modern:
            await self.log_from(level)
        options: CallOptions = {"timeout": seconds, "headers": {VERSION_HEADER: self.version}}
        if front is not None and front.progress is not None:
            options["on_progress"] = self._progress_to(front.progress)
        token = FRONT.set(front)
        self._fronts.append(front)
        try:
            return await self._sent(method, self._enveloped(method, params, options, front), options, seconds)
        finally:
            self._fronts.remove(front)
            FRONT.reset(token)

    async def _sent(self, method: str, params: Params, options: CallOptions, seconds: float) -> dict[str, Any]:
        """One request, whose fate is known."""
        if self.is_over:
            raise ConversationOverError
        fate = Fate(next(self._ids))
        token = FATE.set(fate)
        options["request_id"] = fate.id
        try:
            with anyio.move_on_after(seconds + SENDING_SECONDS), fate.asking:
                return await self._dispatcher.send_raw_request(method, params, options)
        except MCPError as error:
            self._explain(fate, error)
            raise
        finally:
            fate.end()
            FATE.reset(token)
        raise fate.error or MCPError(REQUEST_TIMEOUT, "The server did not answer in time.")

    def _explain(self, fate: Fate, error: MCPError) -> None:
        """Raises what lies behind the SDK's error, where that is known."""
        if fate.error is not None:
            raise fate.error from fate.error.__cause__
        if fate.id in self._arrivals.too_much:
            self._arrivals.too_much.discard(fate.id)
            raise TooMuchError(fate.id) from error
        if fate.status == 404 and self.hello and not self.is_modern:
            raise ConversationOverError from error  # MCP, streamable HTTP: the server knows the session no more

    async def log_from(self, level: str) -> None:
        """From now on an older server tells what happens at this level and above, if it tells anything."""
        if level in ("", self._level) or self.is_modern or "logging" not in self.capabilities:
            return
        self._level = level
        try:
            await self.request("logging/setLevel", {"level": level}, GREETING_SECONDS)
        except MCPError:
            self._level = ""

    async def roots_changed(self) -> None:
        """An older server that was told of the app's folders hears that they changed; a newer one asks each time."""
        if self.is_modern or not (self._able.get("roots") or {}).get("listChanged"):
            return
        with anyio.move_on_after(SENDING_SECONDS):
            await self._dispatcher.notify(ROOTS_CHANGED, None, {"headers": {VERSION_HEADER: self.version}})

    async def greet(self, capabilities: Params) -> None:
        """Finds out which revision the server speaks; `capabilities` are the app's. Raises MCPError."""
        try:
            self.version = LATEST_MODERN_VERSION
            hello = await self.request("server/discover", {}, GREETING_SECONDS)
            common = [one for one in MODERN_PROTOCOL_VERSIONS if one in hello.get("supportedVersions", ())]
            if common:
                self.version, self.hello = common[-1], hello
                return
        except MCPError as error:
            if error.code == UNSUPPORTED_PROTOCOL_VERSION and not _speaks_handshakes(error):
                raise
        await self._initialize(capabilities)

    async def asked(
        self, _context: DispatchContext[TransportContext], method: str, params: Params | None
    ) -> dict[str, Any]:
        """What the server asks on the way goes to who caused it, and to nobody where that is not known."""
        if method == "ping":
            return {}
        front = self._caused_by()
        if front is None:
            raise MCPError(METHOD_NOT_FOUND, "There is nobody to ask at the moment.")
        with _at_most(self._asked) as has_room:
            if has_room:
                return await front.ask(method, params or {})
        raise MCPError(INTERNAL_ERROR, "Too much is asked at once.")

    async def told(self, _context: DispatchContext[TransportContext], method: str, params: Params | None) -> None:
        """What the server tells on the way goes there, too; news of lists and resources are of no one request.

        Progress has gone by its own way: here it would carry the token of our request, and mean another one there.
        """
        if method == PROGRESS:
            return
        if method in LISTEN_STREAM_METHODS:
            self._hear(method, params or {})
            return
        front = self._caused_by()
        with _at_most(self._told) as has_room:
            if front is not None and has_room:
                await front.notify(method, params or {})

    def _progress_to(self, tell: ProgressFnT) -> ProgressFnT:
        async def report(progress: float, total: float | None, message: str | None) -> None:
            with _at_most(self._told) as has_room:
                if has_room:
                    await tell(progress, total, message)

        return report

    def _caused_by(self) -> Front | None:
        """Over HTTP the stream tells; over others the newest request in flight is taken: all are of one app."""
        known = FRONT.get()
        return known or next((front for front in reversed(self._fronts) if front is not None), None)

    async def _initialize(self, capabilities: Params) -> None:
        self._able = capabilities
        self.version = LATEST_HANDSHAKE_VERSION
        greeting = {"protocolVersion": self.version, "capabilities": capabilities, "clientInfo": CLIENT}
        options: CallOptions = {"timeout": GREETING_SECONDS, "cancel_on_abandon": False}
        self.hello = await self._sent("initialize", greeting, options, GREETING_SECONDS)
        self.version = str(self.hello.get("protocolVersion", self.version))
        await self._dispatcher.notify("notifications/initialized", None, {"headers": {VERSION_HEADER: self.version}})

    def _enveloped(self, method: str, params: Params, options: CallOptions, front: Front | None) -> dict[str, Any]:
        """MCP 2026-07-28: version, client and capabilities in every request, and in headers what routes it."""
        if not self.is_modern:
            return without_envelope(params)
        capabilities = front.capabilities if front is not None else {}
        envelope = {
            PROTOCOL_VERSION_META_KEY: self.version,
            CLIENT_INFO_META_KEY: CLIENT,
            CLIENT_CAPABILITIES_META_KEY: capabilities,
        }
        if front is not None and front.log_level:
            envelope[LOG_LEVEL_META_KEY] = front.log_level
        headers = {VERSION_HEADER: self.version, METHOD_HEADER: method}
        headers |= front.repeated if front is not None else {}
        named = params.get(NAME_BEARING_METHODS.get(method, ""))
        if isinstance(named, str):
            headers[NAME_HEADER] = encode_header_value(named)
        options["headers"] = headers
        return {**params, "_meta": {**params.get("_meta", {}), **envelope}}


@asynccontextmanager
async def conversation(
    streams: Streams,
    capabilities: Params,
    hear: Hear = lambda _method, _params: None,
    ended: Callable[[], None] = lambda: None,
) -> AsyncIterator[Conversation]:
    """An open conversation over these streams, already greeted; `hear` is told the news, `ended` that the server left.

    Raises MCPError.
    """
    arriving, leaving = streams
    arrivals = Arrivals(arriving)
    dispatcher: JSONRPCDispatcher[TransportContext] = JSONRPCDispatcher(arrivals, leaving)
    talk = Conversation(dispatcher, arrivals, hear)

    async def listen(*, task_status: TaskStatus[None]) -> None:
        try:
            await dispatcher.run(talk.asked, talk.told, task_status=task_status)
        finally:
            talk.is_over = True
            ended()

    async with anyio.create_task_group() as tasks:
        await tasks.start(listen)
        await talk.greet(capabilities)
        yield talk
        tasks.cancel_scope.cancel()


@contextmanager
def _at_most(limiter: CapacityLimiter) -> Iterator[bool]:
    """Whether there is room; nobody waits for it."""
    holder = object()
    try:
        limiter.acquire_on_behalf_of_nowait(holder)
    except anyio.WouldBlock:
        yield False
        return
    try:
        yield True
    finally:
        limiter.release_on_behalf_of(holder)


def _speaks_handshakes(error: MCPError) -> bool:
    supported = error.error.data.get("supported", ()) if isinstance(error.error.data, dict) else ()
    return not supported or any(one not in MODERN_PROTOCOL_VERSIONS for one in supported)
