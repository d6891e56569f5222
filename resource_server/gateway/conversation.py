"""One open conversation with a server, in whichever revision it speaks: raw requests, and what comes on the way.

A modern server (MCP 2026-07-28) is asked by `server/discover` and gets an envelope with every request; another one is
greeted by `initialize`.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

import anyio
from mcp import MCPError
from mcp.shared.dispatcher import CallOptions, DispatchContext, ProgressFnT
from mcp.shared.inbound import NAME_BEARING_METHODS, encode_header_value
from mcp.shared.jsonrpc_dispatcher import JSONRPCDispatcher
from mcp.shared.transport_context import TransportContext
from mcp_types import (
    CLIENT_CAPABILITIES_META_KEY,
    CLIENT_INFO_META_KEY,
    METHOD_NOT_FOUND,
    PROTOCOL_VERSION_META_KEY,
    UNSUPPORTED_PROTOCOL_VERSION,
)
from mcp_types.version import LATEST_HANDSHAKE_VERSION, LATEST_MODERN_VERSION, MODERN_PROTOCOL_VERSIONS

from resource_server.gateway.transports import Streams

VERSION_HEADER, METHOD_HEADER, NAME_HEADER = "mcp-protocol-version", "mcp-method", "mcp-name"
GREETING_SECONDS = 10.0
LIST_CHANGED = "/list_changed"
PROGRESS = "notifications/progress"
CLIENT = {"name": "ostiary", "title": "Ostiary", "version": version("ostiary")}

Params = Mapping[str, Any]


@dataclass(frozen=True)
class Front:
    """What the caller of a request can take on the way to its answer.

    One that `comes_back` cannot be asked: it is told what is needed, and repeats its request (MCP 2026-07-28).
    """

    capabilities: Params
    notify: Callable[[str, Params], Awaitable[None]]
    ask: Callable[[str, Params], Awaitable[dict[str, Any]]]
    progress: ProgressFnT | None = None
    comes_back: bool = False
    repeated: Mapping[str, str] = field(default_factory=dict)
    """Headers that repeat what arguments say, where the tool's schema wants them (MCP 2026-07-28, `x-mcp-header`)."""


FRONT: ContextVar[Front | None] = ContextVar("front", default=None)
"""Whose request is being made: the SDK delivers what arrives on a request's own stream in its sender's context."""


class Conversation:
    """Whoever holds it sends requests; `capabilities` and `instructions` are the server's."""

    def __init__(self, dispatcher: JSONRPCDispatcher[TransportContext], list_changed: Callable[[], None]) -> None:
        self._dispatcher = dispatcher
        self._list_changed = list_changed
        self._fronts: list[Front | None] = []
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
        """The server's result as it came. Raises MCPError: the server's own, or that it did not answer."""
        options: CallOptions = {"timeout": seconds, "headers": {VERSION_HEADER: self.version}}
        if front is not None and front.progress is not None:
            options["on_progress"] = front.progress
        token = FRONT.set(front)
        self._fronts.append(front)
        try:
            enveloped = self._enveloped(method, params, options, front)
            return await self._dispatcher.send_raw_request(method, enveloped, options)
        finally:
            self._fronts.remove(front)
            FRONT.reset(token)

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
        return await front.ask(method, params or {})

    async def told(self, _context: DispatchContext[TransportContext], method: str, params: Params | None) -> None:
        """What the server tells on the way goes there, too; that a list changed is for us.

        Progress has gone by its own way: here it would carry the token of our request, and mean another one there.
        """
        if method == PROGRESS:
            return
        if method.endswith(LIST_CHANGED):
            self._list_changed()
            return
        front = self._caused_by()
        if front is not None:
            await front.notify(method, params or {})

    def _caused_by(self) -> Front | None:
        """Over HTTP the stream tells; over others the newest request in flight is taken: all are of one app."""
        known = FRONT.get()
        return known or next((front for front in reversed(self._fronts) if front is not None), None)

    async def _initialize(self, capabilities: Params) -> None:
        self.version = LATEST_HANDSHAKE_VERSION
        greeting = {"protocolVersion": self.version, "capabilities": capabilities, "clientInfo": CLIENT}
        options: CallOptions = {"timeout": GREETING_SECONDS, "cancel_on_abandon": False}
        self.hello = await self._dispatcher.send_raw_request("initialize", greeting, options)
        self.version = str(self.hello.get("protocolVersion", self.version))
        await self._dispatcher.notify("notifications/initialized", None, {"headers": {VERSION_HEADER: self.version}})

    def _enveloped(self, method: str, params: Params, options: CallOptions, front: Front | None) -> dict[str, Any]:
        """MCP 2026-07-28: version, client and capabilities in every request, and in headers what routes it."""
        if not self.is_modern:
            return dict(params)
        capabilities = front.capabilities if front is not None else {}
        envelope = {
            PROTOCOL_VERSION_META_KEY: self.version,
            CLIENT_INFO_META_KEY: CLIENT,
            CLIENT_CAPABILITIES_META_KEY: capabilities,
        }
        headers = {VERSION_HEADER: self.version, METHOD_HEADER: method}
        headers |= front.repeated if front is not None else {}
        named = params.get(NAME_BEARING_METHODS.get(method, ""))
        if isinstance(named, str):
            headers[NAME_HEADER] = encode_header_value(named)
        options["headers"] = headers
        return {**params, "_meta": {**params.get("_meta", {}), **envelope}}


@asynccontextmanager
async def conversation(
    streams: Streams, capabilities: Params, list_changed: Callable[[], None] = lambda: None
) -> AsyncIterator[Conversation]:
    """An open conversation over these streams, already greeted; says when a list changed. Raises MCPError."""
    dispatcher: JSONRPCDispatcher[TransportContext] = JSONRPCDispatcher(*streams)
    talk = Conversation(dispatcher, list_changed)
    async with anyio.create_task_group() as tasks:
        await tasks.start(dispatcher.run, talk.asked, talk.told)
        await talk.greet(capabilities)
        yield talk
        tasks.cancel_scope.cancel()


def _speaks_handshakes(error: MCPError) -> bool:
    supported = error.error.data.get("supported", ()) if isinstance(error.error.data, dict) else ()
    return not supported or any(one not in MODERN_PROTOCOL_VERSIONS for one in supported)
