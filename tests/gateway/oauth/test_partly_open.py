"""A server of which one tool is closed: who has not connected it uses the rest, and is asked where they are refused."""

from collections.abc import Iterator
from typing import Any

import anyio
import mcp_types as t
import pytest

from tests.doors import Person, wait_until
from tests.gateway.fixture_server import fixture_app
from tests.gateway.oauth.conftest import Owner, Place
from tests.gateway.oauth.scripted_issuer import ScriptedIssuer
from tests.gateway.oauth.test_asking_apps import connect
from tests.gateway.oauth.test_connected import said, seen
from tests.gateway.oauth.test_other_ways import OldWithLifespan
from tests.gateway.test_eras import connected, text_of
from tests.gateway.test_tools import EVERYTHING, answered, names
from tests.key_holders import key_of
from tests.servers import RunningServer
from tests.web.browsing import new_visitor


@pytest.fixture(params=["new", "old"])
def issuer(request: pytest.FixtureRequest) -> Iterator[ScriptedIssuer]:
    """A server of each era whose tool `add` is closed."""
    scripted = ScriptedIssuer(fixture_app() if request.param == "new" else OldWithLifespan())
    scripted.closed = frozenset({"add"})
    running = RunningServer(scripted.asgi(), scripted.port)
    yield scripted
    running.stop()


def token_seen(owner: Owner) -> object:
    """What the server gets from them for a tool that is open."""
    result = answered(owner.app, "notes__seen_headers")
    assert "structuredContent" in result, result
    return result["structuredContent"].get("authorization")


def test_who_is_refused_one_tool_goes_on_with_the_others_and_so_does_everybody(place: Place) -> None:
    ada, bob = place.owner(), place.owner()
    assert token_seen(ada) is None
    assert f"{place.doors.origin}/servers/notes/connect" in said(ada)
    for owner in (ada, bob):
        assert token_seen(owner) is None
        assert {"notes__add", "notes__seen_headers"} <= set(names(owner.app))
        assert "connect notes first" in said(owner)


def test_who_connected_always_uses_their_token_and_nobody_else_does(place: Place) -> None:
    """AS-101."""
    ada, bob = place.owner(), place.owner()
    assert "connect notes first" in said(ada)
    assert token_seen(bob) is None
    place.connect(ada.user_id)
    assert said(ada) == "2"
    assert "at-ada-" in seen(ada)
    assert token_seen(bob) is None
    assert "connect notes first" in said(bob)
    place.issuer.end_access()
    assert "at-ada-" in seen(ada)


def test_who_disconnects_goes_on_without_a_token(place: Place) -> None:
    ada = place.owner()
    assert "connect notes first" in said(ada)
    place.connect(ada.user_id)
    assert said(ada) == "2"
    anyio.run(place.connecting.disconnect, place.upstream, ada.user_id)
    wait_until(lambda: token_seen(ada) is None)
    assert "connect notes first" in said(ada)


def test_whose_token_is_not_taken_any_more_connects_again(place: Place) -> None:
    """They get no other list, and no other answers, than they connected it for."""
    ada = place.owner()
    assert "connect notes first" in said(ada)
    place.connect(ada.user_id)
    assert said(ada) == "2"
    place.issuer.end_access()
    place.issuer.refuses_refresh = True
    for tool in ("notes__seen_headers", "notes__add"):
        assert "connect notes again" in answered(ada.app, tool, one=1, two=1)["content"][0]["text"]


def test_to_be_refused_is_no_failure_of_the_servers(place: Place) -> None:
    ada = place.owner()
    for _ in range(6):
        assert "connect notes first" in said(ada)
    assert token_seen(ada) is None


def test_a_call_costs_one_request(place: Place) -> None:
    ada = place.owner()
    assert "connect notes first" in said(ada)
    assert token_seen(ada) is None
    place.issuer.calls.clear()
    for _ in range(3):
        token_seen(ada)
    assert "connect notes first" in said(ada)
    assert len(place.issuer.calls) == 4


def test_the_servers_page_says_so(place: Place) -> None:
    visitor = new_visitor(place.doors)
    person = Person(visitor.doors, visitor.email, visitor.http)
    owner = Owner(key_of(person, scope="gateway:call", details=[EVERYTHING]), visitor.user_id)
    visitor.page("/servers")
    assert "connect notes first" in said(owner)
    page = visitor.page("/servers/notes")
    assert "What it opens to everybody works." in page
    assert "/servers/notes/connect" in page
    place.connect(owner.user_id)
    assert "You are connected." in visitor.page("/servers/notes")
    visitor.http.close()


def test_a_client_that_was_entered_by_hand_makes_everybody_connect(place: Place) -> None:
    """Whoever runs the installation decided it."""
    ada = place.owner()
    assert "connect notes first" in said(ada)
    assert token_seen(ada) is None
    place.connecting.clients.enter(place.upstream.id, "by-hand", "")
    bob = place.owner()
    assert "connect notes first" in answered(bob.app, "notes__seen_headers")["content"][0]["text"]
    assert names(bob.app) == []


@pytest.mark.anyio
async def test_an_app_that_opens_the_page_for_the_closed_tool_goes_on_with_its_call(place: Place) -> None:
    """MCP 2026-07-28, elicitation: URL mode."""
    owner = place.owner()
    opened: list[str] = []

    async def open_page(_context: Any, params: t.ElicitRequestParams) -> t.ElicitResult:
        assert isinstance(params, t.ElicitRequestURLParams)
        opened.append(params.url)
        tasks.start_soon(later)
        return t.ElicitResult(action="accept")

    async def later() -> None:
        await anyio.sleep(1)
        await connect(place, owner.user_id)

    async with (
        anyio.create_task_group() as tasks,
        connected(owner.app, "auto", elicitation_callback=open_page) as client,
    ):
        assert not (await client.call_tool("notes__seen_headers", {})).is_error
        assert opened == []
        assert text_of(await client.call_tool("notes__add", {"one": 1, "two": 2})) == "3"
    assert opened == [f"{place.doors.origin}/servers/notes/connect"]
