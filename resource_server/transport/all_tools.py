"""The tools of this server and of those behind it, as one: what the gate and the MCP server know of them."""

from dataclasses import dataclass

import mcp_types

from resource_server.context.caller import Caller, ToolError
from resource_server.context.upstreams import MyUpstreams
from resource_server.gateway.gateway import Gateway
from resource_server.gateway.naming import parts_of
from resource_server.tools.registry import ANYTHING, Registry
from resource_server.tools.schemas import Schema
from resource_server.transport.asking import Answer, Context, answered
from resource_server.transport.callers import caller_of
from resource_server.transport.fronts import front_of
from resource_server.transport.upstream_answers import answer_as
from shared.scopes import Scope


@dataclass(frozen=True)
class AllTools:
    """Names with `__` belong to servers behind the gateway; no tool of ours has one."""

    registry: Registry
    gateway: Gateway

    async def visible_tools(self, caller: Caller) -> list[mcp_types.Tool]:
        """What this caller may call: our own first, then the others', each in the order of names."""
        others = await MyUpstreams(self.gateway, caller).tools()
        return self.registry.visible_tools(caller) + [one.shown for one in others if one.shown is not None]

    def required_scopes(self, name: str) -> frozenset[Scope] | None:
        """The scopes a call needs; None for a tool that cannot exist."""
        own = self.registry.required_scopes(name)
        return frozenset({Scope.GATEWAY_CALL}) if own is None and parts_of(name) else own

    def input_schema(self, name: str) -> Schema | None:
        """The JSON Schema of the arguments; servers behind the gateway look at theirs themselves."""
        own = self.registry.input_schema(name)
        return ANYTHING if own is None and parts_of(name) else own

    async def call(self, params: mcp_types.CallToolRequestParams, context: Context) -> Answer:
        """The tool's answer. Raises MCPError for a tool that does not exist, and as a server behind us does."""
        if self.registry.required_scopes(params.name) is not None or parts_of(params.name) is None:
            return await answered(self.registry, params, context)
        passed_on, caller = params.model_dump(by_alias=True, mode="json", exclude_none=True), caller_of(context)

        def note() -> None:
            if params.request_state is None:  # a further round is the same call
                self.registry.note_call(params.name, params.arguments or {}, caller)

        try:
            mine = MyUpstreams(self.gateway, caller, note)
            return answer_as(mcp_types.CallToolResult, await mine.call(params.name, passed_on, front_of(context)))
        except ToolError as error:
            return mcp_types.CallToolResult(
                content=[mcp_types.TextContent(type="text", text=str(error))], is_error=True
            )
