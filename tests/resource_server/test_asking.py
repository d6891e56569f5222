"""A bulk delete asks the person first: through an app that can ask, by a token where it cannot."""

from typing import Any

import httpx2
import mcp_types
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from shared.tool_sets import EVERY
from tests.doors import BOTH, Connection, Person
from tests.loopback import LOOPBACK

pytestmark = pytest.mark.anyio
NAMESPACE = ("personal",)


@pytest.fixture(scope="module")
def connection(mary: Person) -> Connection:
    """An app with both scopes."""
    return mary.connect(BOTH, tools=tuple(EVERY))


def reply(action: str, **content: bool) -> Any:
    """A person who answers every form alike, and keeps what they were asked."""

    async def answer(_context: object, params: mcp_types.ElicitRequestParams) -> mcp_types.ElicitResult:
        answer.asked.append(params.message)  # type: ignore[attr-defined]
        return mcp_types.ElicitResult(action=action, content=content or None)  # type: ignore[arg-type]

    answer.asked = []  # type: ignore[attr-defined]
    return answer


async def delete_many(connection: Connection, mode: str, person: Any, tag: str) -> tuple[mcp_types.CallToolResult, int]:
    """What a client gets that stores two memories and deletes them by filter, and how many are left."""
    async with (
        httpx2.AsyncClient(headers=connection.headers, **LOOPBACK) as http,
        Client(
            streamable_http_client(connection.mcp_url, http_client=http), mode=mode, elicitation_callback=person
        ) as client,
    ):
        for text in ("one", "two"):
            await client.call_tool("memory_store", {"text": f"{text} of {tag}", "tags": [tag]})
        answer = await client.call_tool("memory_delete_many", {"tags": [tag]})
        left = await client.call_tool("memory_list", {"tags": [tag]})
        assert left.structured_content is not None
        return answer, len(left.structured_content["memories"])


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_an_app_that_can_ask_asks_and_a_yes_deletes(connection: Connection, mode: str) -> None:
    """MCP 2026-07-28, multi round-trip; before it, elicitation on the way."""
    person = reply("accept", agreed=True)
    answer, left = await delete_many(connection, mode, person, f"yes-{mode}")
    assert not answer.is_error
    assert answer.structured_content is not None
    assert (answer.structured_content["deleted"], left) == (2, 0)
    assert len(person.asked) == 1
    assert "2 memories" in person.asked[0]


@pytest.mark.parametrize("mode", ["auto", "legacy"])
@pytest.mark.parametrize("said", [("decline", {}), ("cancel", {}), ("accept", {"agreed": False}), ("accept", {})])
async def test_whatever_is_no_yes_deletes_nothing(connection: Connection, mode: str, said: tuple[str, Any]) -> None:
    action, content = said
    answer, left = await delete_many(connection, mode, reply(action, **content), f"no-{mode}-{action}-{len(content)}")
    assert answer.is_error
    assert left == 2


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_an_app_that_cannot_ask_gets_a_token(connection: Connection, mode: str) -> None:
    answer, left = await delete_many(connection, mode, None, f"token-{mode}")
    assert answer.structured_content is not None
    assert answer.structured_content["confirmation"]
    assert (answer.structured_content["deleted"], left) == (0, 2)


async def test_an_answer_without_a_state_confirms_nothing(connection: Connection) -> None:
    """What a client makes up about the person is worth nothing without the token that was given for this set."""
    connection.call("memory_store", text="made up", tags=["made-up"])
    params = {
        "name": "memory_delete_many",
        "arguments": {"tags": ["made-up"]},
        "inputResponses": {"agreed": {"action": "accept", "content": {"agreed": True}}},
        "requestState": "x",
        "_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {"elicitation": {}},
            "io.modelcontextprotocol/clientInfo": {"name": "x", "version": "1"},
        },
    }
    answer = connection.post(
        {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params},
        Mcp_Protocol_Version="2026-07-28",
        Mcp_Method="tools/call",
        Mcp_Name="memory_delete_many",
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["result"]["resultType"] == "input_required"
    assert "made up" in connection.call("memory_list", tags=["made-up"]).text
