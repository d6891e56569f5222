"""Any app reaches any server: what either of them asks, tells and gives up on the way, in each pair of revisions."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import mcp_types as t
import pytest
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client

from tests.doors import Doors, wait_until
from tests.gateway.conftest import Behind
from tests.key_holders import KeyHolder, key_of
from tests.loopback import LOOPBACK

pytestmark = pytest.mark.anyio

EVERYTHING = {"type": "server", "server": "*", "tools": ["*"]}
SERVERS = ("http", "old http", "stdio")
MODES = ("auto", "legacy")
DIFFERENT = {("old http", "auto"), ("http", "legacy")}
"""Where the app and the server speak different revisions, which is where most can go wrong."""

PAIRS = [
    pytest.param(
        (server, mode), id=f"{server}-{mode}", marks=() if (server, mode) in DIFFERENT else pytest.mark.thorough
    )
    for server in SERVERS
    for mode in MODES
]


@pytest.fixture(params=PAIRS)
def pair(request: pytest.FixtureRequest) -> tuple[str, str]:
    """A server, and which revisions the app speaks."""
    server, mode = request.param
    return server, mode


@pytest.fixture
def app(pair: tuple[str, str], doors: Doors, behind: Behind, upstream_url: str, old_url: str) -> KeyHolder:
    """A program whose person has the server `fix`."""
    match pair[0]:
        case "http":
            behind.http("fix", upstream_url)
        case "old http":
            behind.http("fix", old_url)
        case _:
            behind.stdio("fix")
    program = key_of(doors.person(), scope="gateway:call", details=[EVERYTHING])
    wait_until(lambda: tools_of(program))  # a process takes its time to start
    return program


@pytest.fixture
def mode(pair: tuple[str, str]) -> str:
    """Which revisions the app speaks."""
    return pair[1]


def tools_of(app: KeyHolder) -> list[Any]:
    """What it sees of other servers."""
    listed: list[Any] = app.post({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}).json()["result"]["tools"]
    return [tool for tool in listed if "__" in tool["name"]]


@asynccontextmanager
async def connected(app: KeyHolder, mode: str, **callbacks: Any) -> AsyncIterator[Client]:
    """The SDK's client with the program's key."""
    timeout = httpx2.Timeout(30, read=60)
    async with (
        httpx2.AsyncClient(headers=app.headers, timeout=timeout, **LOOPBACK) as http,
        Client(streamable_http_client(app.mcp_url, http_client=http), mode=mode, **callbacks) as client,
    ):
        yield client


def saying(action: str, **content: Any) -> Callable[..., Any]:
    """A person who gives this answer to every question."""

    async def answer(_context: Any, params: t.ElicitRequestParams) -> t.ElicitResult:
        assert params.message == "Which town?"
        return t.ElicitResult(action=action, content=content or None)  # type: ignore[arg-type]

    return answer


def text_of(result: t.CallToolResult) -> str:
    """Its text."""
    assert isinstance(result.content[0], t.TextContent)
    return result.content[0].text


async def test_a_question_reaches_the_person_and_their_answer_the_server(app: KeyHolder, mode: str) -> None:
    async with connected(app, mode, elicitation_callback=saying("accept", town="Turin")) as client:
        assert text_of(await client.call_tool("fix__where", {})) == "accept Turin"
    async with connected(app, mode, elicitation_callback=saying("decline")) as client:
        assert text_of(await client.call_tool("fix__where", {})) == "decline"


async def test_an_app_that_cannot_ask_gets_an_error_and_goes_on(app: KeyHolder, mode: str) -> None:
    async with connected(app, mode) as client:
        try:
            refused = (await client.call_tool("fix__where", {})).is_error
        except MCPError:
            refused = True
        assert refused
        assert (await client.call_tool("fix__add", {"one": 1, "two": 2})).structured_content == {"result": 3}


async def test_the_folders_of_the_app_are_told_to_the_server(app: KeyHolder, mode: str) -> None:
    async def folders(_context: Any) -> t.ListRootsResult:
        return t.ListRootsResult(roots=[t.Root(uri="file:///work")])  # type: ignore[arg-type]

    async with connected(app, mode, list_roots_callback=folders) as client:
        result = await client.call_tool("fix__roots", {})
        assert result.structured_content == {"result": ["file:///work"]}


async def test_progress_arrives_on_the_way(app: KeyHolder, mode: str) -> None:
    seen: list[tuple[float, float | None, str | None]] = []

    async def progress(done: float, total: float | None, message: str | None) -> None:
        seen.append((done, total, message))

    async with connected(app, mode) as client:
        result = await client.call_tool("fix__sleep", {"seconds": 0.3}, progress_callback=progress)
        assert text_of(result) == "slept"
    assert seen == [(1, 3, "step 1"), (2, 3, "step 2"), (3, 3, "step 3")]


async def test_progress_arrives_once_whatever_number_the_request_has(app: KeyHolder, mode: str) -> None:
    """Requests are counted by the app and by us; progress of one must not pass for that of another."""
    seen: list[float] = []

    async def progress(done: float, _total: float | None, _message: str | None) -> None:
        seen.append(done)

    async with connected(app, mode) as client:
        for _ in range(4):
            await client.call_tool("fix__sleep", {"seconds": 0}, progress_callback=progress)
            await client.call_tool("fix__add", {"one": 1, "two": 1})
    assert seen == [1, 2, 3] * 4
