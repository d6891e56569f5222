"""The tools of this server and of those behind it, as one: what the gate and the MCP server know of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import mcp_types

from resource_server.context.approvals import Approvals
from resource_server.context.caller import Caller, GrantEndedError, ToolError
from resource_server.context.tool_search import FINDERS, MyTools
from resource_server.context.upstreams import MyUpstreams
from resource_server.gateway.conversation import Front
from resource_server.gateway.finding import ToolFinding
from resource_server.gateway.gateway import Gateway
from resource_server.gateway.naming import parts_of
from resource_server.gateway.tool_search import ToolHit
from resource_server.tools.calling import DEFINITION, TOOLS_CALL, direct
from resource_server.tools.registry import ANYTHING, Registry
from resource_server.tools.schemas import Schema
from resource_server.transport.asking import Answer, Context, answered
from resource_server.transport.callers import caller_of
from resource_server.transport.fronts import front_of
from resource_server.transport.upstream_answers import answer_as
from shared.scopes import Scope

PINNING = "tools_pin"
OF_OTHERS = frozenset({Scope.GATEWAY_CALL})


@dataclass(frozen=True)
class AllTools:
    """Names with `__` belong to servers behind the gateway; no tool of ours has one.

    Where `others_are_searched`, of these only what is pinned is listed; the rest is found and called all the same.
    """

    registry: Registry
    gateway: Gateway
    finding: ToolFinding | None = None
    others_are_searched: bool = False
    approvals: Approvals = field(default_factory=Approvals)

    async def visible_tools(self, caller: Caller) -> list[mcp_types.Tool]:
        """What this caller's list shows: our own first, then the others', each in the order of names."""
        others = await MyUpstreams(self.gateway, caller).tools()
        if self.others_are_searched:
            pins = await self._mine(caller).pins()
            others = [one for one in others if one.pin in pins]
        return self._own(caller) + [one.shown for one in others if one.shown is not None]

    async def callable_tools(self, caller: Caller) -> list[mcp_types.Tool]:
        """Everything this caller may call, whether or not their list shows it; without those that find the others."""
        own = [tool for tool in self._registered(caller) if tool.name not in FINDERS]
        others = await MyUpstreams(self.gateway, caller).tools()
        return own + [one.shown for one in others if one.shown is not None]

    async def search(self, caller: Caller, query: str, limit: int, server: str | None = None) -> list[ToolHit]:
        """The caller's tools that serve a purpose, best first. Raises ToolError."""
        return await self._mine(caller).search(query, limit, server)

    def required_scopes(self, name: str) -> frozenset[Scope] | None:
        """The scopes a call needs; None for a tool that cannot exist."""
        own = self.registry.required_scopes(name)
        return OF_OTHERS if own is None and _is_others(name) else own

    def input_schema(self, name: str) -> Schema | None:
        """The JSON Schema of the arguments; servers behind the gateway look at theirs themselves."""
        if name == TOOLS_CALL:
            return DEFINITION.input_schema
        own = self.registry.input_schema(name)
        return ANYTHING if own is None and _is_others(name) else own

    async def call(self, params: mcp_types.CallToolRequestParams, context: Context) -> Answer:
        """The tool's answer. Raises MCPError for a tool that does not exist, and as a server behind us does."""
        try:
            name, arguments = direct(params.name, params.arguments)
        except ToolError as error:
            return _refusal(error)
        if params.name == TOOLS_CALL and self.required_scopes(name) is None:
            return _refusal(ToolError(f"There is no tool {name!r}: tools_search finds those there are, by name."))
        params = params.model_copy(update={"name": name, "arguments": arguments})
        if self.is_own(name):
            return await answered(self.registry, params, context)
        passed_on = params.model_dump(by_alias=True, mode="json", exclude_none=True)
        found = await self.pass_on(passed_on, caller_of(context), front_of(context))
        return answer_as(mcp_types.CallToolResult, found)

    async def pass_on(
        self, params: Mapping[str, Any], caller: Caller, front: Front, headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """What a server behind us answers to tools/call, or why it was not asked; `headers` are the app's.

        Raises MCPError as the server does.
        """
        try:
            return await self.forward(params, caller, front, headers)
        except (ToolError, GrantEndedError) as error:
            said = str(error) or "The person has ended this connection."
            return {"content": [{"type": "text", "text": said}], "isError": True}

    async def forward(
        self, params: Mapping[str, Any], caller: Caller, front: Front, headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """The same; where it was not asked, raises ToolError or GrantEndedError."""
        name = params["name"]

        def note() -> None:
            if "requestState" not in params:  # a further round is the same call
                self.registry.note_call(name, params.get("arguments") or {}, caller)

        return await MyUpstreams(self.gateway, caller, note, self.approvals).call(name, params, front, headers)

    def _registered(self, caller: Caller) -> list[mcp_types.Tool]:
        """In a session with servers of its own there are those alone."""
        return [] if caller.server_session else self.registry.visible_tools(caller)

    def _own(self, caller: Caller) -> list[mcp_types.Tool]:
        tools = self._registered(caller)
        tools = [tool for tool in tools if self.others_are_searched or tool.name != PINNING]
        if not caller.may(Scope.GATEWAY_CALL):
            return tools
        return sorted([*tools, DEFINITION], key=lambda tool: tool.name)

    def is_own(self, name: str) -> bool:
        """Whether a tool is one of this server's."""
        return self.registry.required_scopes(name) is not None or not _is_others(name)

    def _mine(self, caller: Caller) -> MyTools:
        return MyTools(caller, self._registered, self.finding)


def place_of(tool: mcp_types.Tool) -> str:
    """Where a tool stands in the list: our own before the others'."""
    return f"{int(_is_others(tool.name))}{tool.name}"


def _is_others(name: str) -> bool:
    return parts_of(name) is not None


def _refusal(error: ToolError) -> mcp_types.CallToolResult:
    return mcp_types.CallToolResult(content=[mcp_types.TextContent(type="text", text=str(error))], is_error=True)
