"""Calling memory tools as different apps of different people, without HTTP in between."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import anyio
import mcp_types

from resource_server.context.caller import Caller
from resource_server.tools.registry import Registry
from shared.authorization_details import MemoryAccess, NamespaceSet
from shared.scopes import Scope
from shared.server_access import NO_SERVER, ServerAccess
from shared.tool_sets import EVERY, ToolSets

ORIGIN = "https://memory.example.org"
BOTH = (Scope.MEMORY_READ, Scope.MEMORY_WRITE)


@dataclass(frozen=True)
class App:
    """One app of one person, with what its grant allows."""

    registry: Registry
    user_id: str
    name: str = "Claude"
    scopes: tuple[Scope, ...] = BOTH
    read: tuple[str, ...] = ("personal",)
    write: tuple[str, ...] = ("personal",)
    ensure_live: Callable[[], None] = field(default=lambda: None)
    tool_sets: ToolSets = EVERY
    grant_id: str = "grt_1"
    session_id: str = ""
    servers: ServerAccess = NO_SERVER

    def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """The structured answer; fails where the tool refuses."""
        result = self.answer(tool, **arguments)
        assert not result.is_error, text_of(result)
        answer: dict[str, Any] = result.structured_content
        return answer

    def refusal(self, tool: str, **arguments: Any) -> str:
        """The words of a refusal; fails where the tool answers."""
        result = self.answer(tool, **arguments)
        assert result.is_error, text_of(result)
        return text_of(result)

    def answer(self, tool: str, **arguments: Any) -> mcp_types.CallToolResult:
        """Whatever the tool says."""
        return anyio.run(self.registry.call, tool, arguments, self.caller)

    def tools(self) -> set[str]:
        """The names of the tools this app sees."""
        return {tool.name for tool in self.registry.visible_tools(self.caller)}

    @property
    def caller(self) -> Caller:
        """What the gate would hand to tools."""
        access = MemoryAccess(NamespaceSet.of(*self.read), NamespaceSet.of(*self.write), self.tool_sets, self.servers)
        scopes = frozenset(self.scopes)
        client_id = f"cli_{self.name}"
        return Caller(
            self.user_id, client_id, self.grant_id, scopes, access, self.ensure_live, self.name, self.session_id
        )


def text_of(result: mcp_types.CallToolResult) -> str:
    """The text a model reads."""
    (content,) = result.content
    assert isinstance(content, mcp_types.TextContent)
    return content.text
