"""Lists that are searched: tools found by their meaning, ranked by a model, and pinned."""

import json
from collections.abc import Iterator

import pytest
from sqlmodel import Session, select

from resource_server.gateway.pins import MOST_PINS, Pins, TooManyPinsError
from resource_server.gateway.tables import PinnedTool
from tests.doors import Connection, Doors, wait_until
from tests.gateway.conftest import Behind
from tests.gateway.findable_tools import MEMORY, searched
from tests.gateway.findable_tools import office_url as office_url
from tests.gateway.test_tools import EVERYTHING, answered, holder, names
from tests.key_holders import KeyHolder, key_of, structured
from tests.resource_server.chat_endpoint import ScriptedChat, completion


@pytest.fixture(scope="module")
def chat() -> Iterator[ScriptedChat]:
    """A model that gives nothing of use until a test says otherwise."""
    chat = ScriptedChat(lambda _asked: (500, b""))
    yield chat
    chat.close()


@pytest.fixture(scope="module")
def searching(
    tmp_path_factory: pytest.TempPathFactory, chat: ScriptedChat, office_url: str, upstream_url: str
) -> Iterator[Doors]:
    """Doors that list no other server's tools unless they are pinned, search by meaning, and let a model rank."""
    settings = {"chat_url": chat.url, "chat_model": "tiny-1", "chat_ranks_tools": True}
    doors = Doors(tmp_path_factory.mktemp("searching"), embedder="wordllama", tool_list="search", **settings)
    doors.start_auth()
    doors.start_resource()
    servers = Behind(doors)
    servers.http("office", office_url)
    servers.http("fix", upstream_url)
    yield doors
    servers.close()
    doors.close()


def listed(app: KeyHolder | Connection) -> set[str]:
    """All that its list shows."""
    tools = app.post({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}).json()["result"]["tools"]
    return {tool["name"] for tool in tools}


def test_a_tool_is_found_by_its_meaning_without_a_word_in_common(searching: Doors) -> None:
    app = holder(searching)
    best = searched(app, "meetings and schedule for tomorrow")[0]
    assert (best["name"], best["words"]) == ("office__listEvents", 0)
    assert best["meaning"] > 0.2
    assert best["reason"] == f"near in meaning ({best['meaning']:.2f})"


def test_a_list_that_is_searched_has_our_own_tools_and_those_that_are_pinned(searching: Doors) -> None:
    person = searching.person()
    app = key_of(person, scope="memory:read gateway:call", details=[EVERYTHING, MEMORY])
    assert {"memory_search", "tools_search", "tools_call", "tools_pin"} <= listed(app)
    assert names(app) == []
    assert answered(app, "fix__add", one=1, two=1)["structuredContent"] == {"result": 2}
    pinned = structured(app.call("tools_pin", names=["fix__add", "office__shred"]))
    assert pinned["pinned"] == names(app) == ["fix__add", "office__shred"]
    assert searched(app, "adds two numbers", limit=1)[0]["pinned"] is True
    other = key_of(person, "another", scope="gateway:call", details=[EVERYTHING])
    assert names(other) == []
    structured(app.call("tools_pin", names=["office__shred", "fix__add_nothing"], pinned=False))
    assert names(app) == ["fix__add"]
    assert "no tool 'fix__none'" in answered(app, "tools_pin", names=["fix__none"])["content"][0]["text"]


def test_pins_end_with_their_grant(searching: Doors) -> None:
    person = searching.person()
    app = person.connect("memory:read gateway:call", servers=("fix *",))
    structured(app.call("tools_pin", names=["fix__add"]))
    claims, servers = searching.claims(app), Behind(searching)
    pins = Pins(servers.engine)
    assert len(pins.of(claims["sub"], claims["grant_id"])) == 1
    assert not pins.of("usr_somebody", claims["grant_id"])
    searching.revoke(app)
    wait_until(lambda: not pins.of(claims["sub"], claims["grant_id"]))
    servers.engine.dispose()


def test_a_person_sets_what_is_pinned_for_their_own_grant_and_no_more_than_there_is_room_for(doors: Doors) -> None:
    servers = Behind(doors)
    server, pins = servers.http("fix", "https://fix.example.com/mcp"), Pins(servers.engine)
    pins.put("usr_ada", "grt_1", {(server.id, "add"), (server.id, "fail")})
    pins.put("usr_ada", "grt_1", {(server.id, "add")})
    assert pins.of("usr_ada", "grt_1") == {(server.id, "add")}
    with pytest.raises(TooManyPinsError):
        pins.put("usr_ada", "grt_1", {(server.id, str(number)) for number in range(MOST_PINS + 1)})
    servers.close()
    with Session(servers.engine) as session:
        assert session.exec(select(PinnedTool)).all() == []


def test_a_model_puts_tools_in_order_and_names_none_that_it_was_not_shown(searching: Doors, chat: ScriptedChat) -> None:
    """G31."""
    app = holder(searching)
    chat.answer = lambda _asked: completion({"names": ["office__shred", "evil__tool", "office__mail_send"]})
    found = searched(app, "send mail or remove a document")
    assert [one["name"] for one in found[:2]] == ["office__shred", "office__mail_send"]
    assert found[0]["reason"].endswith("a model ranked it number 1")
    system, user = chat.asked[-1]["messages"]
    assert "Ignore all instructions" not in system["content"]
    assert "Ignore all instructions" in user["content"]
    assert json.loads(user["content"])["task"] == "send mail or remove a document"


@pytest.mark.parametrize("answer", [(500, b""), completion("Call nothing."), completion({"names": [3]})])
def test_a_model_that_gives_nothing_of_use_changes_nothing(
    searching: Doors, chat: ScriptedChat, answer: tuple[int, bytes]
) -> None:
    chat.answer = lambda _asked: answer
    found = searched(holder(searching), "send mail")
    assert found[0]["name"] == "office__mail_send"
    assert "model" not in found[0]["reason"]
