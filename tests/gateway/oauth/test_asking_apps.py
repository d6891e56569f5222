"""An app whose person has to connect a server first is asked to open the page where it can, in both revisions."""

from dataclasses import replace
from typing import Any

import anyio
import mcp_types as t
import pytest
from mcp import MCPError, UrlElicitationRequiredError

from tests.gateway.oauth.conftest import SESSION, Place
from tests.gateway.test_eras import connected, text_of

pytestmark = pytest.mark.anyio


async def connect(place: Place, user_id: str) -> None:
    """All of it, from a browser."""
    prospect = await place.connecting.look(place.now, user_id)
    url = await place.connecting.begin(place.now, user_id, SESSION, prospect.server.issuer)
    await place.connecting.finish(
        user_id, SESSION, "/server-connected/notes", await anyio.to_thread.run_sync(place.go, url)
    )


async def test_a_newer_app_opens_the_page_and_its_call_goes_on(place: Place) -> None:
    """MCP 2026-07-28, elicitation: URL mode."""
    owner = place.owner()
    opened: list[str] = []

    async def open_page(_context: Any, params: t.ElicitRequestParams) -> t.ElicitResult:
        assert isinstance(params, t.ElicitRequestURLParams)
        opened.append(params.url)
        await connect(place, owner.user_id)
        return t.ElicitResult(action="accept")

    async with connected(owner.app, "auto", elicitation_callback=open_page) as client:
        assert text_of(await client.call_tool("notes__add", {"one": 1, "two": 2})) == "3"
    assert opened == [f"{place.doors.origin}/servers/notes/connect"]


async def test_a_person_who_does_not_want_to_is_not_asked_again_for_this_call(place: Place) -> None:
    owner = place.owner()
    asked = 0

    async def decline(_context: Any, _params: t.ElicitRequestParams) -> t.ElicitResult:
        nonlocal asked
        asked += 1
        return t.ElicitResult(action="decline")

    async with connected(owner.app, "auto", elicitation_callback=decline) as client:
        result = await client.call_tool("notes__add", {"one": 1, "two": 2})
    assert result.is_error
    assert "/servers/notes/connect" in text_of(result)
    assert asked == 1


async def test_an_app_of_2025_11_25_gets_the_error_that_names_the_page(place: Place) -> None:
    """MCP 2025-11-25, elicitation: URLElicitationRequiredError."""
    owner = place.owner()

    async def never(_context: Any, _params: t.ElicitRequestParams) -> t.ElicitResult:
        raise AssertionError

    async with connected(owner.app, "legacy", elicitation_callback=never) as client:
        with pytest.raises(MCPError) as refused:
            await client.call_tool("notes__add", {"one": 1, "two": 2})
        assert refused.value.code == t.URL_ELICITATION_REQUIRED
        (asked,) = UrlElicitationRequiredError.from_error(refused.value.error).elicitations
        assert asked.url == f"{place.doors.origin}/servers/notes/connect"
        assert asked.elicitation_id
        await connect(place, owner.user_id)
        assert text_of(await client.call_tool("notes__add", {"one": 1, "two": 2})) == "3"


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_an_app_that_opens_nothing_gives_the_link_to_its_model(place: Place, mode: str) -> None:
    async with connected(place.owner().app, mode) as client:
        result = await client.call_tool("notes__add", {"one": 1, "two": 2})
    assert result.is_error
    assert f"{place.doors.origin}/servers/notes/connect" in text_of(result)


async def test_at_the_servers_own_address_an_app_hears_the_same(place: Place) -> None:
    owner = place.owner()
    app = replace(owner.app, mcp_url=f"{place.doors.origin}/servers/notes/mcp")
    listed = app.post({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}).json()
    assert f"{place.doors.origin}/servers/notes/connect" in listed["error"]["message"]
    called = app.call("add", one=1, two=2).json()["result"]
    assert f"{place.doors.origin}/servers/notes/connect" in called["content"][0]["text"]
    await connect(place, owner.user_id)
    assert app.call("add", one=1, two=2).json()["result"]["structuredContent"] == {"result": 3}
