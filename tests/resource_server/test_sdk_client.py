"""The MCP Python SDK's own client at the gate, in every revision it speaks."""

import httpx2
import pytest
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client

from tests.doors import BOTH, Connection, Person
from tests.loopback import LOOPBACK
from tests.mcp_messages import LEGACY, MODERN

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def connection(mary: Person) -> Connection:
    """An app with both scopes."""
    return mary.connect(BOTH)


async def store_and_list(connection: Connection, mode: str) -> tuple[str, set[str]]:
    """The negotiated version, and the tools, after a memory was stored."""
    async with (
        httpx2.AsyncClient(headers=connection.headers, **LOOPBACK) as http,
        Client(streamable_http_client(connection.mcp_url, http_client=http), mode=mode) as client,
    ):
        stored = await client.call_tool("memory_store", {"value": f"said in mode {mode}"})
        assert not stored.is_error
        return client.protocol_version, {tool.name for tool in (await client.list_tools()).tools}


async def test_the_newest_revision_is_negotiated(connection: Connection) -> None:
    """MCP 2026-07-28: server/discover first."""
    version, tools = await store_and_list(connection, "auto")
    assert version == MODERN
    assert "memory_search" in tools


async def test_an_older_client_gets_a_session_and_the_same_tools(connection: Connection) -> None:
    """MCP 2025-11-25: initialize, a session, its stream and its end."""
    version, tools = await store_and_list(connection, "legacy")
    assert version == LEGACY[-1]
    assert "memory_search" in tools


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_client_without_oauth_reads_the_refusal_and_goes_on(mary: Person, mode: str) -> None:
    """AS-118: the 403 is an error of that one call; the connection lives on."""
    reader = mary.connect("memory:read")
    async with (
        httpx2.AsyncClient(headers=reader.headers, **LOOPBACK) as http,
        Client(streamable_http_client(reader.mcp_url, http_client=http), mode=mode) as client,
    ):
        with pytest.raises(MCPError):
            await client.call_tool("memory_store", {"value": "x"})
        assert (await client.list_tools()).tools
