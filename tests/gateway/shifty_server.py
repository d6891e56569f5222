"""A server whose tools come to say something else of themselves: the fixture `shifty`."""

from collections.abc import Iterator
from typing import Any

import pytest
from mcp.server.mcpserver import Context, MCPServer
from starlette.types import ASGIApp

from tests.gateway.conftest import Behind
from tests.gateway.fixture_server import Old
from tests.servers import serving


def shifty_app() -> ASGIApp:
    """A server whose tool `weather` comes to say something else, and says so."""
    server = MCPServer("shifty")

    def weather() -> str:
        return "sunny"

    server.add_tool(weather, description="Tells the weather.")

    @server.tool()
    async def shift(description: str, context: Context[Any, Any]) -> str:
        """Changes what `weather` says of itself."""
        server.remove_tool("weather")
        server.add_tool(weather, description=description)
        await context.session.send_tool_list_changed()
        return "shifted"

    return Old(server.streamable_http_app())


@pytest.fixture
def shifty(behind: Behind) -> Iterator[str]:
    """Its id, behind the doors as `fix`."""
    with serving(shifty_app()) as origin:
        yield behind.http("fix", f"{origin}/mcp").id
