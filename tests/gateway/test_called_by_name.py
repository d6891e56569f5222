"""`tools_call` is the call of the tool that it names."""

from typing import Any

import pytest

from tests.doors import Doors
from tests.gateway.conftest import Behind
from tests.gateway.findable_tools import app as app
from tests.gateway.findable_tools import office_url as office_url
from tests.gateway.test_eras import connected, saying, text_of
from tests.gateway.test_tools import answered, holder
from tests.key_holders import KeyHolder


def test_a_call_by_name_is_the_call_itself(app: KeyHolder) -> None:
    """G12."""
    result = answered(app, "tools_call", name="fix__add", arguments={"one": 2, "two": 3})
    assert result == answered(app, "fix__add", one=2, two=3)
    assert "does not reach" not in str(answered(app, "tools_call", name="memory_recall", arguments={"query": "x"}))
    entries = answered(app, "memory_ledger", action="call")["structuredContent"]["entries"]
    assert [(entry["tool"], entry["question"]) for entry in entries] == [("fix__add", "one: 2; two: 3")] * 2


def test_a_call_by_name_needs_the_scope_of_the_tool_that_it_names(app: KeyHolder) -> None:
    refused = app.call("tools_call", name="memory_store", arguments={"text": "x"})
    assert refused.status_code == 403
    assert "memory:write" in refused.headers["www-authenticate"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"name": "tools_call", "arguments": {"name": "fix__add"}}, "cannot call itself"),
        ({"arguments": {}}, "'name' is required"),
        ({"name": 3}, "'name'"),
        ({"name": "fix__add", "arguments": "one"}, "'arguments'"),
        ({"name": "fix__add", "more": 1}, "Unknown argument 'more'"),
        ({"name": "fix__nothing"}, "no such tool"),
        ({"name": "nothing"}, "tools_search finds those there are"),
        ({"name": "gone__add"}, "does not reach a server of that name"),
    ],
)
def test_a_call_that_names_nothing_to_call_says_so(app: KeyHolder, arguments: dict[str, Any], said: str) -> None:
    params = {"name": "tools_call", "arguments": arguments}
    answer = app.post({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).json()
    assert answer["result"]["isError"] is True
    assert said in answer["result"]["content"][0]["text"]


@pytest.mark.anyio
@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_call_by_name_asks_the_person_and_tells_of_its_progress(
    doors: Doors, behind: Behind, upstream_url: str, old_url: str, mode: str
) -> None:
    behind.http("fix", upstream_url)
    behind.http("old", old_url)
    app, seen = holder(doors), []

    async def progress(done: float, _total: float | None, _message: str | None) -> None:
        seen.append(done)

    async with connected(app, mode, elicitation_callback=saying("accept", town="Turin")) as client:
        for server in ("fix", "old"):
            result = await client.call_tool("tools_call", {"name": f"{server}__where"})
            assert text_of(result) == "accept Turin"
        slept = {"name": "fix__sleep", "arguments": {"seconds": 0.3}}
        assert text_of(await client.call_tool("tools_call", slept, progress_callback=progress)) == "slept"
    assert seen == [1, 2, 3]
