"""What servers tell on the way, by level, and what they ask the app's model, in each pair of revisions."""

from typing import Any

import mcp_types as t
import pytest
from mcp_types import LOG_LEVEL_META_KEY

from tests.doors import Doors
from tests.forking.forked import as_command
from tests.gateway.conftest import Behind
from tests.gateway.connecting import at
from tests.gateway.everything.server import MODULE
from tests.gateway.test_eras import connected, text_of
from tests.key_holders import KeyHolder, key_of

pytestmark = [pytest.mark.anyio, pytest.mark.filterwarnings("ignore::mcp.shared.exceptions.MCPDeprecationWarning")]

WHOLE = {"type": "server", "server": "everything", "tools": ["*"]}
TOLD = ["Tool execution started", "Tool processing data", "Tool execution completed"]


@pytest.fixture(params=["new", "old", "stdio"])
def app(
    request: pytest.FixtureRequest, doors: Doors, behind: Behind, everything_url: str, old_everything_url: str
) -> KeyHolder:
    """A program at the own address of a server of each era."""
    match request.param:
        case "new":
            behind.http("everything", everything_url)
        case "old":
            behind.http("everything", old_everything_url)
        case _:
            behind.stdio("everything", as_command(MODULE))
    program = key_of(doors.person(), scope="gateway:call", details=[WHOLE])
    mounted: KeyHolder = at(f"{doors.origin}/servers/everything/mcp", program)
    return mounted


@pytest.fixture(params=["auto", "legacy"])
def mode(request: pytest.FixtureRequest) -> str:
    """Which revisions the app speaks."""
    return str(request.param)


async def heard(app: KeyHolder, mode: str, level: t.LoggingLevel | None) -> list[Any]:
    """What the app hears of a call that tells what it does, from a level on."""
    lines: list[Any] = []

    async def take(params: t.LoggingMessageNotificationParams) -> None:
        lines.append(params.data)

    async with connected(app, mode, logging_callback=take) as client:
        if mode == "legacy" and level is not None:
            await client.set_logging_level(level)
        meta: Any = {LOG_LEVEL_META_KEY: level} if mode == "auto" and level is not None else None
        result = await client.call_tool("test_tool_with_logging", {}, meta=meta)
        assert text_of(result) == "It told what it did."
    return lines


async def test_an_app_hears_what_happens_from_the_level_on_that_it_set(app: KeyHolder, mode: str) -> None:
    """MCP 2025-11-25, logging/setLevel; MCP 2026-07-28, logLevel in `_meta`."""
    assert await heard(app, mode, "info") == TOLD
    assert await heard(app, mode, "error") == []
    assert await heard(app, mode, "debug") == [*TOLD, "Nothing else"]


async def test_a_newer_app_that_asks_for_no_lines_gets_none(app: KeyHolder) -> None:
    """MCP 2026-07-28: they are for each request to ask for."""
    assert await heard(app, "auto", None) == []


async def test_the_apps_model_answers_what_a_server_asks_it(app: KeyHolder, mode: str) -> None:
    """MCP, sampling: on the way, or by coming back with the answer."""

    async def answer(_context: Any, params: t.CreateMessageRequestParams) -> t.CreateMessageResult:
        [message] = params.messages
        assert isinstance(message.content, t.TextContent)
        assert params.max_tokens == 100
        said = t.TextContent(type="text", text=f"not {message.content.text}")
        return t.CreateMessageResult(role="assistant", content=said, model="m")

    async with connected(app, mode, sampling_callback=answer) as client:
        result = await client.call_tool("test_sampling", {"prompt": "Paris"})
        assert text_of(result) == "LLM response: not Paris"
