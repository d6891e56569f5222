"""What servers tell without being asked reaches the apps that listen, in each pair of revisions."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import anyio
import mcp_types as t
import pytest
from mcp import Client
from mcp.shared.subscriptions import (
    PromptsListChanged,
    ResourcesListChanged,
    ResourceUpdated,
    ToolsListChanged,
    event_from_wire,
)

from resource_server.gateway.upstream import Upstream
from tests.doors import Doors, wait_until
from tests.forking.forked import as_command
from tests.gateway.conftest import Behind
from tests.gateway.connecting import at, connect
from tests.gateway.everything.server import MODULE
from tests.gateway.test_eras import connected
from tests.key_holders import KeyHolder, key_of
from tests.servers import PATIENCE

pytestmark = [pytest.mark.anyio, pytest.mark.filterwarnings("ignore::mcp.shared.exceptions.MCPDeprecationWarning")]

WATCHED = "test://watched-resource"
WHOLE = {"type": "server", "server": "everything", "tools": ["*"]}
Changing = Callable[[str], Awaitable[Any]]
"""Calls a tool of the server by its own name."""


@pytest.fixture(params=["new", "old", "stdio"])
def server(request: pytest.FixtureRequest, behind: Behind, everything_url: str, old_everything_url: str) -> Upstream:
    """A server of each era."""
    match request.param:
        case "new":
            return behind.http("everything", everything_url)
        case "old":
            return behind.http("everything", old_everything_url)
    return behind.stdio("everything", as_command(MODULE))


@pytest.fixture(params=["auto", "legacy"])
def mode(request: pytest.FixtureRequest) -> str:
    """Which revisions the app speaks."""
    return str(request.param)


@pytest.fixture(params=["its own address", "the MCP endpoint"])
def app(request: pytest.FixtureRequest, doors: Doors, server: Upstream) -> KeyHolder:
    """A program at each address, whose person's server is there: a process takes its time to start."""
    program = key_of(doors.person(), scope="gateway:call", details=[WHOLE])
    mounted: KeyHolder = at(f"{doors.origin}/servers/{server.name}/mcp", program)
    found = mounted if request.param == "its own address" else program
    wait_until(lambda: lists_tools(found), 3 * PATIENCE)
    return found


def lists_tools(app: KeyHolder) -> bool:
    """Whether its list, or the first page of it, has one of the server's."""
    listed = app.post({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}).json()["result"]["tools"]
    return named(app, "test_simple_text") in [tool["name"] for tool in listed]


def named(app: KeyHolder, tool: str) -> str:
    """What the tool is called at the app's address."""
    return tool if "/servers/" in app.mcp_url else f"everything__{tool}"


@asynccontextmanager
async def listening(app: KeyHolder, mode: str, wanted: list[Any]) -> AsyncIterator[tuple[Client, list[Any]]]:
    """An app that listens for these; and what it hears, in order."""
    heard: list[Any] = []

    async def handle(message: Any) -> None:
        if isinstance(message, t.Notification):
            event = event_from_wire(message.method, message.model_dump(by_alias=True).get("params"))
            heard.extend([event] if event is not None else [])

    async with connected(app, mode, message_handler=handle) as client, anyio.create_task_group() as tasks:
        uris = [one.uri for one in wanted if isinstance(one, ResourceUpdated)]
        if mode == "legacy":
            for uri in uris:
                await client.subscribe_resource(uri)
            yield client, heard
        else:
            lists = {f"{kind}_list_changed": True for kind, one in KINDS.items() if one in wanted}
            async with client.listen(**lists, resource_subscriptions=uris) as stream:

                async def hear() -> None:
                    async for event in stream:
                        heard.append(event)

                tasks.start_soon(hear)
                yield client, heard
                tasks.cancel_scope.cancel()


KINDS = {"tools": ToolsListChanged(), "prompts": PromptsListChanged(), "resources": ResourcesListChanged()}


async def until(claim: Callable[[], bool], change: Callable[[], Awaitable[Any]]) -> None:
    """Changes something until it is heard; an older app's stream may open a moment after its session."""
    with anyio.fail_after(PATIENCE):
        while not claim():
            await change()
            await anyio.sleep(0.05)


async def test_a_watched_resource_is_told_of_and_no_other(app: KeyHolder, mode: str) -> None:
    async with listening(app, mode, [ResourceUpdated(uri=WATCHED)]) as (client, heard):

        async def touch() -> None:
            await client.call_tool(named(app, "touch"), {"uri": "test://static-text"})
            await client.call_tool(named(app, "touch"), {"uri": WATCHED})

        await until(lambda: bool(heard), touch)
        assert set(heard) == {ResourceUpdated(uri=WATCHED)}
        if mode == "legacy":
            await client.unsubscribe_resource(WATCHED)


async def test_that_lists_changed_is_told(app: KeyHolder, mode: str) -> None:
    async with listening(app, mode, [ToolsListChanged(), PromptsListChanged()]) as (client, heard):
        for tool, event in (
            ("test_trigger_tool_change", KINDS["tools"]),
            ("test_trigger_prompt_change", KINDS["prompts"]),
        ):
            await client.list_tools()
            await until(lambda: event in heard, lambda: client.call_tool(named(app, tool), {}))  # noqa: B023
        assert KINDS["resources"] not in heard


async def test_servers_that_come_and_go_are_told_of(
    doors: Doors, behind: Behind, everything_url: str, mode: str
) -> None:
    """Those that the grant reaches; of others nothing is told."""
    made = behind.http("everything", everything_url)
    switch = behind.upstreams.switch
    switch(made.id, is_enabled=False)
    app = key_of(doors.person(), scope="gateway:call", details=[WHOLE])
    async with listening(app, mode, [ToolsListChanged()]) as (_, heard):
        await anyio.to_thread.run_sync(behind.http, "other", everything_url)
        await anyio.sleep(1)
        assert heard == []
        await anyio.to_thread.run_sync(partial(switch, made.id, is_enabled=True))
        await until(lambda: bool(heard), anyio.lowlevel.checkpoint)
        heard.clear()
        await anyio.to_thread.run_sync(behind.upstreams.remove, made.id)
        await until(lambda: bool(heard), anyio.lowlevel.checkpoint)


async def test_a_stream_tells_nothing_once_the_grant_was_edited(
    doors: Doors, behind: Behind, everything_url: str
) -> None:
    """AS-117: it ends, and what the app may hear now is for its next one to say."""
    server = behind.http("everything", everything_url)
    ada = await anyio.to_thread.run_sync(doors.person)
    address = f"{doors.origin}/servers/everything/mcp"
    connection = await anyio.to_thread.run_sync(connect, ada, address)
    app = KeyHolder(address, connection.access_token)
    async with connected(app, "auto") as client, client.listen(tools_list_changed=True) as stream:
        less = [WHOLE | {"tools": ["test_simple_text"]}]
        await anyio.to_thread.run_sync(doors.edit, connection, "gateway:call", less)
        seen: list[str] = []

        async def look() -> None:
            seen[:] = [tool.name for tool in (await client.list_tools()).tools]

        await until(lambda: seen == ["test_simple_text"], look)
        await anyio.to_thread.run_sync(behind.upstreams.remove, server.id)
        with anyio.fail_after(PATIENCE):
            assert [event async for event in stream] == []
