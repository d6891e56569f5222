"""Prompts, resources and completions of other servers, for apps whose grant gives these servers whole."""

from typing import Any

import mcp_types as t
import pytest
from mcp import MCPError

from tests.doors import Doors, wait_until
from tests.gateway.conftest import Behind
from tests.gateway.test_eras import connected
from tests.key_holders import KeyHolder, key_of

pytestmark = pytest.mark.anyio

WHOLE = {"type": "server", "server": "fix", "tools": ["*"]}
IN_PART = {"type": "server", "server": "fix", "tools": ["add"]}


@pytest.fixture(params=["new", "old"])
def url(request: pytest.FixtureRequest, upstream_url: str, old_url: str) -> str:
    """A server of each era."""
    return upstream_url if request.param == "new" else old_url


def holder(doors: Doors, detail: dict[str, Any]) -> KeyHolder:
    """A program of a new person, with this detail."""
    return key_of(doors.person(), scope="gateway:call", details=[detail])


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_prompts_and_resources_are_listed_and_read(doors: Doors, behind: Behind, url: str, mode: str) -> None:
    behind.http("fix", url)
    async with connected(holder(doors, WHOLE), mode) as app:
        assert [prompt.name for prompt in (await app.list_prompts()).prompts] == ["fix__greet"]
        greeting = await app.get_prompt("fix__greet", {"name": "Ada"})
        assert isinstance(greeting.messages[0].content, t.TextContent)
        assert greeting.messages[0].content.text == "Greet Ada."
        assert [str(one.uri) for one in (await app.list_resources()).resources] == ["note://all"]
        found = (await app.list_resource_templates()).resource_templates
        assert [one.uri_template for one in found] == ["note://single/{number}"]
        for uri, text in (("note://all", "one and two"), ("note://single/7", "note 7")):
            read = (await app.read_resource(uri)).contents[0]
            assert isinstance(read, t.TextResourceContents)
            assert read.text == text


async def test_arguments_are_completed(doors: Doors, behind: Behind, url: str) -> None:
    behind.http("fix", url)
    async with connected(holder(doors, WHOLE), "auto") as app:
        prompt = t.PromptReference(type="ref/prompt", name="fix__greet")
        assert (await app.complete(prompt, {"name": "name", "value": "A"})).completion.values == ["Ada", "Alan"]
        template = t.ResourceTemplateReference(type="ref/resource", uri="note://single/{number}")
        assert (await app.complete(template, {"name": "number", "value": "1"})).completion.values == ["1da", "1lan"]


async def test_a_grant_of_some_tools_reaches_nothing_else_of_the_server(
    doors: Doors, behind: Behind, upstream_url: str
) -> None:
    behind.http("fix", upstream_url)
    async with connected(holder(doors, IN_PART), "auto") as app:
        assert (await app.list_prompts()).prompts == []
        assert (await app.list_resources()).resources == []
        with pytest.raises(MCPError, match="Unknown prompt"):
            await app.get_prompt("fix__greet", {"name": "Ada"})
        with pytest.raises(MCPError, match="Resource not found"):
            await app.read_resource("note://all")


async def test_an_address_that_no_server_lists_is_told_to_none(doors: Doors, behind: Behind, upstream_url: str) -> None:
    behind.http("fix", upstream_url)
    async with connected(holder(doors, WHOLE), "auto") as app:
        with pytest.raises(MCPError, match="Resource not found"):
            await app.read_resource("secret://elsewhere")


def test_a_long_list_of_resources_comes_in_pages_of_one_app(doors: Doors, behind: Behind, crowded_url: str) -> None:
    """MCP, pagination: an unknown cursor is -32602."""
    behind.http("fix", crowded_url)
    app, other = holder(doors, WHOLE), holder(doors, WHOLE)

    def page(who: KeyHolder, **params: str) -> dict[str, Any]:
        asked = {"jsonrpc": "2.0", "id": 1, "method": "resources/list", "params": params}
        answer: dict[str, Any] = who.post(asked).json()
        return answer

    wait_until(lambda: "nextCursor" in page(app)["result"])
    first = page(app)["result"]
    second = page(app, cursor=first["nextCursor"])["result"]
    found = [one["uri"] for part in (first, second) for one in part["resources"]]
    assert found == [f"crowd://item/{number:04}" for number in range(700)]
    assert "nextCursor" not in second
    assert page(other, cursor=first["nextCursor"])["error"]["code"] == -32602
