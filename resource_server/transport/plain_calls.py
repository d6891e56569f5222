"""Tools for callers that do not speak MCP: listed, found by name, called. The calls are those that MCP makes.

Nobody can be asked anything on the way: such a call ends with InputWantedError, whatever its server made of that.
"""

from dataclasses import dataclass, field
from typing import Any

import mcp_types
from mcp import MCPError

from resource_server.context.caller import Caller
from resource_server.gateway.conversation import Front, Params
from resource_server.gateway.naming import SEPARATOR, parts_of
from resource_server.gateway.tool_search import ToolHit
from resource_server.transport.all_tools import AllTools
from resource_server.transport.upstream_answers import answer_as
from shared.scopes import Scope


class UnknownToolError(Exception):
    """Nothing that this caller may call has the name."""


class AmbiguousToolError(Exception):
    """Several servers have a tool of that name; `names` are theirs in full."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(", ".join(names))
        self.names = names


class InputWantedError(Exception):
    """The tool asks for something on the way."""


class ServerRefusedError(Exception):
    """The server answered with an error of the protocol; `code` is JSON-RPC's, the text the server's."""

    def __init__(self, error: MCPError) -> None:
        super().__init__(error.error.message)
        self.code = error.error.code


@dataclass
class _Deaf:
    """The way back to a caller whom nobody can ask."""

    was_asked: bool = False
    front: Front = field(init=False)

    def __post_init__(self) -> None:
        self.front = Front({}, self._ignore, self._refuse)

    async def _ignore(self, _method: str, _params: Params) -> None:
        """Progress and logs."""

    async def _refuse(self, _method: str, _params: Params) -> dict[str, Any]:
        self.was_asked = True
        raise MCPError(mcp_types.METHOD_NOT_FOUND, "The caller cannot be asked anything.")


@dataclass(frozen=True)
class PlainCalls:
    """A caller within a session with servers of its own reaches those alone, and none of our own tools."""

    tools: AllTools

    async def listed(self, caller: Caller) -> list[mcp_types.Tool]:
        """What the caller may call; what finds and calls tools by name for MCP has paths of its own here."""
        return await self.tools.callable_tools(caller)

    async def search(self, caller: Caller, query: str, limit: int, server: str | None) -> list[ToolHit]:
        """What serves a purpose, best first. Raises ToolError for a server that is not reached."""
        return await self.tools.search(caller, query, limit, server)

    async def resolved(self, name: str, caller: Caller) -> str:
        """The whole name: as it is, or of the one server that has a tool of that name.

        Raises UnknownToolError and AmbiguousToolError. A whole name that nobody lists stays: its call says why.
        """
        if not caller.server_session and self.tools.registry.required_scopes(name) is not None:
            return name
        listed = [tool.name for tool in await self.listed(caller)]
        if name in listed:
            return name
        found = tuple(one for one in listed if one.partition(SEPARATOR)[2] == name)
        if len(found) > 1:
            raise AmbiguousToolError(found)
        if not found and parts_of(name) is None:
            raise UnknownToolError
        return found[0] if found else name

    def required_scopes(self, name: str) -> frozenset[Scope]:
        """What a call of a whole name needs."""
        return self.tools.required_scopes(name) or frozenset({Scope.GATEWAY_CALL})

    async def call(self, name: str, arguments: dict[str, Any], caller: Caller) -> mcp_types.CallToolResult:
        """The answer of the tool of a whole name; its own error is one, too.

        Raises UpstreamRefusedError, ServerRefusedError, InputWantedError and GrantEndedError.
        """
        way_back = _Deaf()
        try:
            result = await self._called(name, arguments, caller, way_back.front)
        except MCPError as error:
            if way_back.was_asked or error.error.code == mcp_types.MISSING_REQUIRED_CLIENT_CAPABILITY:
                raise InputWantedError from error
            raise ServerRefusedError(error) from error
        if way_back.was_asked or not isinstance(result, mcp_types.CallToolResult):
            raise InputWantedError
        return result

    async def _called(self, name: str, arguments: dict[str, Any], caller: Caller, front: Front) -> mcp_types.Result:
        if self.tools.is_own(name):
            return await self.tools.registry.call(name, arguments, caller)
        params = {"name": name, "arguments": arguments}
        return answer_as(mcp_types.CallToolResult, await self.tools.forward(params, caller, front))
