"""An app tells that it works in other folders: its older servers hear of it, and nobody else's."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import anyio
import mcp_types as t
import pytest
from mcp.server import Server, ServerRequestContext

from tests.doors import Doors, wait_until
from tests.gateway.conftest import Behind
from tests.gateway.connecting import at
from tests.gateway.fixture_server import Old
from tests.gateway.test_eras import connected
from tests.key_holders import KeyHolder, key_of
from tests.servers import serving

pytestmark = [pytest.mark.anyio, pytest.mark.filterwarnings("ignore::mcp.shared.exceptions.MCPDeprecationWarning")]

WHOLE = {"type": "server", "server": "rooted", "tools": ["*"]}
Context = ServerRequestContext[Any]


@dataclass
class Rooted:
    """A server that asks on each call in which folders the app works; `heard` counts how often they changed."""

    heard: int = 0
    asked: list[str] = field(default_factory=list)

    async def tools(self, _context: Context, _params: Any) -> t.ListToolsResult:
        """One."""
        tool = t.Tool(name="look", input_schema={"type": "object"})
        return t.ListToolsResult(tools=[tool])

    async def call(self, context: Context, _params: t.CallToolRequestParams) -> t.CallToolResult:
        """Asks."""
        found = await context.session.list_roots()
        self.asked += [str(root.uri) for root in found.roots]
        return t.CallToolResult(content=[])

    async def changed(self, _context: Context, _params: Any) -> None:
        """Hears."""
        self.heard += 1


@pytest.fixture
def rooted(behind: Behind) -> Iterator[Rooted]:
    """The older server `rooted` behind the doors."""
    said = Rooted()
    server: Server[Any] = Server(
        "rooted", on_list_tools=said.tools, on_call_tool=said.call, on_roots_list_changed=said.changed
    )
    with serving(Old(server.streamable_http_app(stateless_http=False))) as origin:
        behind.http("rooted", f"{origin}/mcp")
        yield said


@pytest.mark.parametrize("place", ["", "/servers/rooted"])
async def test_the_servers_of_an_app_hear_that_its_folders_changed(doors: Doors, rooted: Rooted, place: str) -> None:
    """MCP 2025-11-25, roots: what the app told is told on, and the next question finds what is true now."""
    program = key_of(doors.person(), scope="gateway:call", details=[WHOLE])
    app: KeyHolder = at(f"{doors.origin}{place}/mcp", program) if place else program
    other = key_of(doors.person(), scope="gateway:call", details=[WHOLE])
    folders = ["file:///before"]
    tool = "look" if place else "rooted__look"

    async def tell(_context: Any) -> t.ListRootsResult:
        return t.ListRootsResult(roots=[t.Root(uri=one) for one in folders])  # type: ignore[arg-type]

    async with (
        connected(app, "legacy", list_roots_callback=tell) as client,
        connected(other, "legacy", list_roots_callback=tell) as neighbour,
    ):
        await client.call_tool(tool, {})
        await neighbour.call_tool("rooted__look", {})
        folders[:] = ["file:///after"]
        await client.send_roots_list_changed()
        await anyio.to_thread.run_sync(wait_until, lambda: rooted.heard > 0)
        await client.call_tool(tool, {})
    assert rooted.asked == ["file:///before", "file:///before", "file:///after"]
    assert rooted.heard == 1
