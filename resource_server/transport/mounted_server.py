"""The MCP server at a single server's own address: it says what that one says, under that one's names."""

from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any

import mcp_types as t
from mcp import MCPError
from mcp.server import Server
from mcp.server.context import CallNext, HandlerResult
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import BaseModel

from resource_server.context.mounted import MountedServer
from resource_server.gateway.conversation import Front, Params
from resource_server.gateway.kinds import Kind
from resource_server.gateway.naming import full_name
from resource_server.tools.registry import ANYTHING
from resource_server.transport.all_tools import AllTools
from resource_server.transport.asking import Answer, Context
from resource_server.transport.callers import caller_of
from resource_server.transport.fronts import front_of
from resource_server.transport.listening import Listening
from resource_server.transport.our_mistakes import without_our_words

COMPLETE = {"resultType": "complete"}
LIFETIME = {"ttlMs": 0, "cacheScope": "private"}
PASSED_ON: dict[str, type[BaseModel]] = {
    "prompts/get": t.GetPromptRequestParams,
    "resources/read": t.ReadResourceRequestParams,
    "completion/complete": t.CompleteRequestParams,
}
"""What is the server's alone to answer. What an app may call and list is looked at on the way."""


def build_mounted_server(tools: AllTools) -> Server[dict[str, Any]]:
    """One for all of them: the caller of each request says which it is about."""
    server: Server[dict[str, Any]] = Server(
        "ostiary", version=version("ostiary"), title="Ostiary", get_tool_input_schema=lambda _name: ANYTHING
    )
    MountedHandlers(tools).add_to(server)
    return server


@dataclass(frozen=True)
class MountedHandlers:
    """Results are the server's own, in the shape of the app's revision."""

    tools: AllTools

    def add_to(self, server: Server[dict[str, Any]]) -> None:
        """The server answers these methods from now on."""
        server.middleware[:] = [without_our_words, self.introduce]
        Listening(self.tools.gateway).add_to(server)
        server.add_request_handler(Kind.TOOLS.method, t.PaginatedRequestParams, self.list_tools)
        server.add_request_handler("tools/call", t.CallToolRequestParams, self.call_tool)
        for kind in (Kind.PROMPTS, Kind.RESOURCES, Kind.TEMPLATES):
            server.add_request_handler(kind.method, t.PaginatedRequestParams, self._lister(kind))
        for method, params in PASSED_ON.items():
            server.add_request_handler(method, params, self.pass_on)

    async def introduce(self, ctx: Context, call_next: CallNext) -> HandlerResult:
        """What the server says of itself takes the place of what we would; while it is silent, ours stays."""
        result = await call_next(ctx)
        if not isinstance(result, dict):
            return result
        if ctx.method not in ("initialize", "server/discover"):
            return result if ctx.protocol_version in MODERN_PROTOCOL_VERSIONS else _without_identity(result)
        try:
            hello = await self._mounted(ctx).hello(_greeting_front(ctx))
        except MCPError:
            return result
        return {**result, **_introduction(hello, is_greeting=ctx.method == "initialize")}

    async def list_tools(self, context: Context, _params: t.PaginatedRequestParams) -> dict[str, Any]:
        """tools/list."""
        return _listed(await self._mounted(context).tools(context.params or {}, front_of(context)))

    async def call_tool(self, context: Context, params: t.CallToolRequestParams) -> Answer:
        """tools/call."""
        named = full_name(caller_of(context).server, params.name)
        return await self.tools.call(params.model_copy(update={"name": named}), context)

    async def pass_on(self, context: Context, _params: BaseModel) -> dict[str, Any]:
        """Whatever the server answers."""
        found = await self._mounted(context).request(context.method, context.params or {}, front_of(context))
        return COMPLETE | found if context.method != "resources/read" else _listed(found)

    def _lister(self, kind: Kind) -> Any:
        async def entries(context: Context, _params: t.PaginatedRequestParams) -> dict[str, Any]:
            return _listed(await self._mounted(context).entries(kind, context.params or {}, front_of(context)))

        return entries

    def _mounted(self, context: Context) -> MountedServer:
        return MountedServer(self.tools.gateway, caller_of(context))


def _listed(found: Params) -> dict[str, Any]:
    """A result that says how long it may be kept: shared with nobody, for it depends on the grant."""
    if found.get("resultType", COMPLETE["resultType"]) != COMPLETE["resultType"]:
        return dict(found)
    return {**COMPLETE, **LIFETIME, **found, "cacheScope": "private"}


def _without_identity(result: dict[str, Any]) -> dict[str, Any]:
    """Newer servers say with each answer who they are; an older app heard it when it was greeted."""
    meta = result.get("_meta")
    if not isinstance(meta, dict) or t.SERVER_INFO_META_KEY not in meta:
        return result
    left = {name: value for name, value in meta.items() if name != t.SERVER_INFO_META_KEY}
    return {name: value for name, value in result.items() if name != "_meta"} | ({"_meta": left} if left else {})


def _greeting_front(context: Context) -> Front:
    """Of an app that is about to say what it can do."""
    front = front_of(context)
    said = (context.params or {}).get("capabilities")
    if not isinstance(said, dict):
        return front
    known = t.ClientCapabilities.model_validate(said)
    return replace(front, capabilities=known.model_dump(by_alias=True, mode="json", exclude_none=True))


def _introduction(hello: Params, *, is_greeting: bool) -> dict[str, Any]:
    said = {name: hello[name] for name in ("capabilities", "instructions") if hello.get(name) is not None}
    meta = hello.get("_meta") or {}
    info = hello.get("serverInfo") or meta.get(t.SERVER_INFO_META_KEY)
    if info is None:
        return said
    return said | ({"serverInfo": info} if is_greeting else {"_meta": {**meta, t.SERVER_INFO_META_KEY: info}})
