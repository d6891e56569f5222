"""All our tools, as an app with every permission sees them; `every_tool` runs a test for each."""

from typing import Any, cast

import mcp_types
import pytest

from resource_server.context.caller import Caller
from resource_server.memory.store import MemoryStores
from resource_server.tools.topics import open_registry
from shared.authorization_details import ALL, MemoryAccess, NamespaceSet
from shared.scopes import RESOURCE_SCOPES
from shared.server_access import EVERY_SERVER, ServerAccess
from shared.tool_sets import EVERY, ToolSets

Schema = dict[str, Any]


def served_tools(sets: ToolSets = EVERY, servers: ServerAccess = EVERY_SERVER) -> list[mcp_types.Tool]:
    """All tools of these sets as an app with every permission sees them."""
    everywhere = NamespaceSet.of(ALL)
    access = MemoryAccess(everywhere, everywhere, sets, servers)
    caller = Caller("usr_1", "cli_1", "grt_1", frozenset(RESOURCE_SCOPES), access, lambda: None)
    return open_registry(cast("MemoryStores", None), "").visible_tools(caller)  # none is called


every_tool = pytest.mark.parametrize("tool", served_tools(), ids=lambda tool: tool.name)


def answer_schema(tool: mcp_types.Tool) -> Schema:
    """Every tool of ours declares what it answers."""
    assert tool.output_schema is not None
    return tool.output_schema
