"""The server itself, over streamable HTTP or, as `python -m tests.gateway.everything.server`, its standard streams."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio
import mcp_types as t
from mcp import MCPError
from mcp.server import CacheHint, Server
from mcp.server.request_state import RequestStateBoundary, RequestStateSecurity
from mcp.server.session import ServerSession
from mcp.server.stdio import stdio_server
from mcp.server.subscriptions import (
    InMemorySubscriptionBus,
    ListenHandler,
    PromptsListChanged,
    ResourcesListChanged,
    ResourceUpdated,
    ServerEvent,
    ToolsListChanged,
)
from mcp.shared.subscriptions import event_to_notification
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from starlette.types import ASGIApp

from tests.gateway.everything import entries
from tests.gateway.everything.asking import Answer, Context, Params
from tests.gateway.everything.contents import said, text
from tests.gateway.everything.tools import TOOLS, EverythingTool, texts

MODULE = "tests.gateway.everything.server"
NAME, INSTRUCTIONS = "everything", "Everything is for tests."
KEPT = CacheHint(ttl_ms=5000, scope="public")
PAGE = 10
CHANGES: dict[str, ServerEvent] = {
    "test_trigger_tool_change": ToolsListChanged(),
    "test_trigger_prompt_change": PromptsListChanged(),
    "trigger_resource_change": ResourcesListChanged(),
}


@dataclass
class Everything:
    """What the server knows of its apps: who watches which resource, and from which level on it tells what it does."""

    bus: InMemorySubscriptionBus = field(default_factory=InMemorySubscriptionBus)
    watching: dict[str, list[ServerSession]] = field(default_factory=dict)
    sessions: dict[Any, ServerSession] = field(default_factory=dict)
    level: t.LoggingLevel = "debug"

    async def tell(self, event: ServerEvent, to: list[ServerSession]) -> None:
        """Apps of both eras."""
        for session in to:
            await session.send_notification(event_to_notification(event, {}))
        await self.bus.publish(event)

    async def change(self, _context: Context, params: Params) -> Answer:
        """A tool by which something changes."""
        if params.name == "touch":
            uri = str((params.arguments or {})["uri"])
            await self.tell(ResourceUpdated(uri=uri), self.watching.get(uri, []))
        else:
            await self.tell(CHANGES[params.name], list(self.sessions.values()))
        return said(text("It changed."))

    async def watch(self, context: Context, params: t.SubscribeRequestParams) -> t.EmptyResult:
        """resources/subscribe."""
        self.watching.setdefault(str(params.uri), []).append(context.session)
        return t.EmptyResult()

    async def unwatch(self, _context: Context, params: t.UnsubscribeRequestParams) -> t.EmptyResult:
        """resources/unsubscribe."""
        self.watching.pop(str(params.uri), None)
        return t.EmptyResult()

    async def set_level(self, _context: Context, params: t.SetLevelRequestParams) -> t.EmptyResult:
        """logging/setLevel."""
        self.level = params.level
        return t.EmptyResult()


def everything_server() -> Server[Everything]:
    """Tools, resources, prompts, and news of them."""
    state = Everything()
    changing = {name: EverythingTool(state.change) for name in CHANGES}
    changing["touch"] = EverythingTool(state.change, texts("uri"))
    every = TOOLS | changing

    @asynccontextmanager
    async def lifespan(_server: Server[Everything]) -> AsyncIterator[Everything]:
        yield state

    async def tools(context: Context, params: t.PaginatedRequestParams | None) -> t.ListToolsResult:
        if context.protocol_version not in MODERN_PROTOCOL_VERSIONS:
            state.sessions[context.session._connection] = context.session
        start = int(params.cursor) if params is not None and params.cursor is not None else 0
        listed = [one.listed(name) for name, one in every.items()]
        following = str(start + PAGE) if start + PAGE < len(listed) else None
        return t.ListToolsResult(tools=listed[start : start + PAGE], next_cursor=following, _meta={"page": start})

    async def call(context: Context, params: Params) -> Answer:
        if params.name not in every:
            raise MCPError(t.INVALID_PARAMS, f"Unknown tool: {params.name}")
        return await every[params.name].run(context, params)

    async def prompts(_context: Context, _params: Any) -> t.ListPromptsResult:
        return t.ListPromptsResult(prompts=entries.PROMPTS)

    async def resources(_context: Context, _params: Any) -> t.ListResourcesResult:
        return t.ListResourcesResult(resources=entries.RESOURCES)

    async def templates(_context: Context, _params: Any) -> t.ListResourceTemplatesResult:
        return t.ListResourceTemplatesResult(resource_templates=entries.TEMPLATES)

    server: Server[Everything] = Server(
        NAME,
        version="1.2.3",
        title="Everything",
        instructions=INSTRUCTIONS,
        lifespan=lifespan,
        cache_hints=dict.fromkeys(
            ("tools/list", "prompts/list", "resources/list", "resources/templates/list", "resources/read"), KEPT
        ),
        get_tool_input_schema=lambda name: every[name].schema if name in every else None,
        on_list_tools=tools,
        on_call_tool=call,
        on_list_prompts=prompts,
        on_get_prompt=entries.prompt,
        on_list_resources=resources,
        on_list_resource_templates=templates,
        on_read_resource=entries.read,
        on_completion=entries.complete,
        on_subscribe_resource=state.watch,
        on_unsubscribe_resource=state.unwatch,
        on_subscriptions_listen=ListenHandler(state.bus),
    )
    server.add_request_handler("logging/setLevel", t.SetLevelRequestParams, state.set_level)
    security = RequestStateSecurity(keys=[b"e" * 32])
    server.middleware[:] = [RequestStateBoundary(security, default_audience=NAME)]
    return server


def everything_app() -> ASGIApp:
    """At /mcp."""
    return everything_server().streamable_http_app(stateless_http=False)


async def _over_streams() -> None:
    server = everything_server()
    async with stdio_server() as streams:
        await server.run(*streams, server.create_initialization_options())


if __name__ == "__main__":
    anyio.run(_over_streams)
