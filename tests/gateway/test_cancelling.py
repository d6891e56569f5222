"""An app that gives up a call, or goes away, takes the call at the server with it."""

import anyio
import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.server.mcpserver import MCPServer

from tests.doors import Doors, wait_until
from tests.gateway.conftest import Behind
from tests.gateway.fixture_server import Old
from tests.gateway.test_tools import EVERYTHING
from tests.key_holders import key_of
from tests.loopback import LOOPBACK
from tests.servers import RunningServer, free_port

pytestmark = pytest.mark.anyio


class Patient:
    """A server with a tool that never ends by itself; it counts who began and who was cancelled."""

    def __init__(self) -> None:
        self.began = self.cancelled = 0
        self.server = MCPServer("patient")

        @self.server.tool()
        async def wait() -> str:
            """Waits without end."""
            self.began += 1
            try:
                await anyio.sleep_forever()
            except anyio.get_cancelled_exc_class():
                self.cancelled += 1
                raise
            return "never"


@pytest.mark.parametrize("era", ["new", "old"])
async def test_a_call_that_is_given_up_ends_at_the_server(doors: Doors, behind: Behind, era: str) -> None:
    patient, port = Patient(), free_port()
    app = patient.server.streamable_http_app()
    server = RunningServer(Old(app) if era == "old" else app, port)
    behind.http("fix", f"http://127.0.0.1:{port}/mcp")
    holder = key_of(doors.person(), scope="gateway:call", details=[EVERYTHING])
    async with (
        httpx2.AsyncClient(headers=holder.headers, timeout=30, **LOOPBACK) as http,
        Client(streamable_http_client(holder.mcp_url, http_client=http), mode="auto") as client,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(client.call_tool, "fix__wait", {})
        await anyio.to_thread.run_sync(wait_until, lambda: patient.began == 1)
        tasks.cancel_scope.cancel()
    await anyio.to_thread.run_sync(wait_until, lambda: patient.cancelled == 1)
    server.stop()
