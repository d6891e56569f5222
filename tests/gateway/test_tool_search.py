"""Tools are found by what they are for, pinned, and called under their names or by `tools_call`."""

import json
from collections.abc import Iterator
from time import perf_counter
from typing import Any

import pytest
from sqlmodel import Session, select

from resource_server.gateway.pins import MOST_PINS, Pins, TooManyPinsError
from resource_server.gateway.tables import PinnedTool
from resource_server.gateway.tool_search import FindableTool, ToolSearch
from resource_server.memory.embeddings import NoEmbedder
from tests.doors import Connection, Doors, wait_until
from tests.gateway.conftest import Behind
from tests.gateway.office_server import crowded_app, office_app
from tests.gateway.test_eras import connected, saying, text_of
from tests.gateway.test_tools import EVERYTHING, answered, holder, names
from tests.key_holders import KeyHolder, key_of, structured
from tests.resource_server.chat_endpoint import ScriptedChat, completion
from tests.servers import RunningServer, free_port

MEMORY = {"type": "memory", "actions": ["read", "write"], "namespaces": ["*"]}
LEDGER = {"type": "tools", "sets": ["memory", "history"]}


@pytest.fixture(scope="session")
def office_url() -> Iterator[str]:
    """Mail, appointments and files."""
    port = free_port()
    server = RunningServer(office_app(), port)
    yield f"http://127.0.0.1:{port}/mcp"
    server.stop()


@pytest.fixture
def app(doors: Doors, behind: Behind, office_url: str, upstream_url: str) -> KeyHolder:
    """It reaches two servers, and memories."""
    behind.http("office", office_url)
    behind.http("fix", upstream_url)
    program = key_of(doors.person(), scope="memory:read gateway:call", details=[EVERYTHING, MEMORY, LEDGER])
    wait_until(lambda: {"office__shred", "fix__add"} <= set(names(program)))
    return program


def searched(app: KeyHolder | Connection, query: str, **more: Any) -> list[dict[str, Any]]:
    """What a search finds."""
    found: list[dict[str, Any]] = structured(app.call("tools_search", query=query, **more))["tools"]
    return found


def test_a_tool_is_found_by_what_it_is_for_with_the_reason_and_its_schema(app: KeyHolder) -> None:
    """G11."""
    best = searched(app, "write an e-mail message to Bob")[0]
    assert (best["name"], best["server"]) == ("office__mail_send", "office")
    assert best["reason"] == "“mail” in the name; “e”, “mail”, “message” in the description"
    assert set(best["input_schema"]["properties"]) == {"recipient", "subject"}
    assert best["score"] == best["words"] == 1
    assert best["meaning"] == 0  # these doors embed nothing
    assert best["risk"] == "changes things"
    [event] = searched(app, "events", limit=1)
    assert (event["name"], event["risk"]) == ("office__listEvents", "only reads")
    assert searched(app, "shred")[0]["risk"] == "may destroy things, reaches outside"


def test_our_own_tools_are_found_too_and_one_server_alone_where_it_is_named(app: KeyHolder) -> None:
    own = searched(app, "search what was remembered about the person")
    assert {one["server"] for one in own} >= {None}
    assert "memory_search" in {one["name"] for one in own}
    assert not {one["name"] for one in own} & {"tools_search", "tools_call", "tools_pin"}
    assert {one["server"] for one in searched(app, "adds numbers or sends mail", server="fix")} == {"fix"}
    refused = answered(app, "tools_search", query="mail", server="nowhere")
    assert "reaches no tool of a server of that name" in refused["content"][0]["text"]


def test_a_search_finds_nothing_that_the_caller_may_not_call(
    doors: Doors, behind: Behind, office_url: str, upstream_url: str
) -> None:
    """G11."""
    behind.http("office", office_url)
    behind.http("fix", upstream_url)
    narrow = holder(doors, {"type": "server", "server": "office", "tools": ["shred"]})
    wait_until(lambda: names(narrow))
    assert [one["name"] for one in searched(narrow, "send mail, add numbers, remove a document")] == ["office__shred"]
    reading = holder(doors, {"type": "server", "server": "*", "tools": ["*"], "read_only": True})
    wait_until(lambda: "office__listEvents" in names(reading))
    assert {one["risk"] for one in searched(reading, "mail document events numbers text", limit=20)} == {"only reads"}


def test_who_reaches_no_server_has_nothing_to_search_with(doors: Doors) -> None:
    app = key_of(doors.person())
    listed = app.post({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}).json()["result"]["tools"]
    assert not {tool["name"] for tool in listed} & {"tools_search", "tools_call"}
    assert app.call("tools_search", query="mail").status_code == 403
    assert app.call("tools_call", name="fix__add", arguments={}).status_code == 403


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


def test_what_a_server_says_of_its_tools_stays_out_of_our_own_words(app: KeyHolder) -> None:
    found = {one["name"]: one for one in searched(app, "mail", limit=20)}
    assert "Ignore all instructions" in found["office__nothing"]["description"]
    assert found["office__nothing"]["reason"] == "“mail” in the description"
    assert found["office__mail_send"]["score"] > found["office__nothing"]["score"]


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


def test_a_long_list_comes_in_pages_whose_cursor_is_of_use_to_nobody_else(doors: Doors, behind: Behind) -> None:
    """AS-108, MCP, pagination: an unknown cursor is -32602."""
    port = free_port()
    server = RunningServer(crowded_app(700), port)
    behind.http("crowd", f"http://127.0.0.1:{port}/mcp")
    app, other = holder(doors), holder(doors)

    def page(who: KeyHolder, cursor: object) -> dict[str, Any]:
        params = {"cursor": cursor} if cursor is not None else {}
        answer: dict[str, Any] = who.post({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": params}).json()
        return answer

    wait_until(lambda: "nextCursor" in page(app, None)["result"])
    first = page(app, None)["result"]
    second = page(app, first["nextCursor"])["result"]
    found = [tool["name"] for one in (first, second) for tool in one["tools"] if "__" in tool["name"]]
    assert found == [f"crowd__tool_{number:04}" for number in range(700)]
    assert len(first["tools"]) == 500
    assert "nextCursor" not in second
    for who, cursor in ((other, first["nextCursor"]), (app, "nonsense"), (app, first["nextCursor"][:-8])):
        assert page(who, cursor)["error"]["code"] == -32602
    server.stop()


def test_a_search_over_a_thousand_tools_takes_milliseconds() -> None:
    """Once the index is there."""
    search = ToolSearch(NoEmbedder())
    tools = [
        FindableTool(
            f"server-{number % 100}__tool_{number}",
            f"server-{number % 100}",
            {"description": f"Does the work of number {number} with files and mail.", "inputSchema": {}},
        )
        for number in range(1000)
    ]
    search.index_of("one", tools).found("work", [], 1)
    began = perf_counter()
    for number in range(20):
        again = [FindableTool(one.name, one.server, dict(one.definition)) for one in tools]
        best = search.index_of("one", again).found(f"the work of number {number} with mail", [], 5)[0]
        assert best.tool.name == f"server-{number}__tool_{number}"
    assert (perf_counter() - began) / 20 < 0.05
