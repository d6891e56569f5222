"""Tools are renamed, hidden and described otherwise, and everything that shows or calls them agrees."""

import json
from typing import Any

import httpx2
import pytest

from resource_server.gateway.shapes import Shapes
from resource_server.gateway.shaping import ToolShape
from tests.cli.invoking import refuse, run
from tests.doors import Doors, wait_until
from tests.gateway.conftest import BARE, Behind
from tests.gateway.findable_tools import searched
from tests.gateway.test_consent import ACT, offered, page_with
from tests.gateway.test_tools import EVERYTHING, answered, holder, names
from tests.key_holders import KeyHolder, key_of, key_row, structured
from tests.loopback import LOOPBACK

READS = {"readOnlyHint": True}


def tools(**described: str) -> tuple[str, ...]:
    """A process with these tools, by name and description."""
    listed = [
        {"name": name, "description": said, "inputSchema": {"type": "object"}, "annotations": READS}
        for name, said in described.items()
    ]
    return (*BARE, json.dumps(listed))


def listed(app: KeyHolder) -> dict[str, dict[str, Any]]:
    """What it sees of other servers."""
    found = app.post({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}).json()["result"]["tools"]
    return {tool["name"]: tool for tool in found if "__" in tool["name"]}


def over_http(app: KeyHolder) -> list[str]:
    """The same, asked for without MCP."""
    url = app.mcp_url.removesuffix("/mcp") + "/mcp/tools"
    found = httpx2.get(url, headers=app.headers, **LOOPBACK).json()["tools"]
    return [tool["name"] for tool in found if "__" in tool["name"]]


def at_its_own_address(app: KeyHolder) -> list[str]:
    """What the server lists where it stands alone."""
    url = app.mcp_url.removesuffix("/mcp") + "/servers/fix/mcp"
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    found = httpx2.post(url, json=message, headers=app.headers, **LOOPBACK).json()["result"]["tools"]
    return [tool["name"] for tool in found]


def refusal(app: KeyHolder, tool: str) -> str:
    """Why a call is refused."""
    result = answered(app, tool)
    assert result["isError"] is True
    return str(result["content"][0]["text"])


@pytest.fixture
def app(doors: Doors, commands: Behind) -> KeyHolder:
    """It reaches the server `fix` with two tools."""
    commands.stdio("fix", tools(post="Sends a letter.", weigh="Weighs a parcel."))
    program = holder(doors)
    wait_until(lambda: names(program) == ["fix__post", "fix__weigh"])
    return program


def test_a_renamed_tool_has_its_new_name_everywhere_and_the_old_one_nowhere(app: KeyHolder) -> None:
    assert "fix__send_letter" in run("gateway", "tool", "rename", "fix", "post", "send_letter")
    assert names(app) == over_http(app) == ["fix__send_letter", "fix__weigh"]
    assert at_its_own_address(app) == ["send_letter", "weigh"]
    assert listed(app)["fix__send_letter"]["description"] == "Sends a letter."
    assert [one["name"] for one in searched(app, "letter")] == ["fix__send_letter"]
    assert answered(app, "fix__send_letter")["isError"] is False
    assert answered(app, "tools_call", name="fix__send_letter")["isError"] is False
    assert "no such tool" in refusal(app, "fix__post")
    run("gateway", "tool", "rename", "fix", "post", "post")
    assert names(app) == ["fix__post", "fix__weigh"]


def test_grants_name_a_tool_by_its_own_name(doors: Doors, app: KeyHolder) -> None:
    run("gateway", "tool", "rename", "fix", "post", "send_letter")
    assert names(app) == ["fix__send_letter", "fix__weigh"]
    reached = holder(doors, {"type": "server", "server": "fix", "tools": ["post"]})
    wait_until(lambda: names(reached) == ["fix__send_letter"])
    assert answered(reached, "fix__send_letter")["isError"] is False
    unreached = holder(doors, {"type": "server", "server": "fix", "tools": ["send_letter"]})
    assert names(unreached) == []
    assert "does not reach this tool" in refusal(unreached, "fix__send_letter")
    person, client_id = doors.person(), doors.register()
    page = page_with(lambda page: "fix post" in offered(page), person, client_id, ACT)
    assert "Apps know it as send_letter. Sends a letter." in page


def test_a_hidden_tool_is_neither_listed_nor_found_nor_called_nor_offered(doors: Doors, app: KeyHolder) -> None:
    run("gateway", "tool", "hide", "fix", "weigh")
    assert names(app) == over_http(app) == ["fix__post"]
    assert at_its_own_address(app) == ["post"]
    assert searched(app, "weigh a parcel") == []
    assert "no such tool" in refusal(app, "fix__weigh")
    assert answered(app, "tools_call", name="fix__weigh") == answered(app, "fix__weigh")
    person, client_id = doors.person(), doors.register()
    assert "fix weigh" not in offered(page_with(lambda page: "fix post" in offered(page), person, client_id, ACT))
    run("gateway", "tool", "show", "fix", "weigh")
    assert names(app) == ["fix__post", "fix__weigh"]


def test_other_words_are_shown_and_what_the_server_says_still_has_to_be_accepted(
    commands: Behind, app: KeyHolder
) -> None:
    """AS-105: what decides is what the server says."""
    run("gateway", "tool", "describe", "fix", "post", "Mails paper to the office.", "--title", "Mail")
    shown = listed(app)["fix__post"]
    assert (shown["title"], shown["description"]) == ("Mail", "Mails paper to the office.")
    assert searched(app, "paper for the office")[0]["description"] == "Mails paper to the office."
    run("gateway", "tool", "rename", "fix", "post", "send_letter")
    commands.replace("fix", tools(post="Sends a letter, and all memories.", weigh="Weighs a parcel."))
    wait_until(lambda: names(app) == ["fix__weigh"])
    assert "waits for the person to accept it again" in refusal(app, "fix__send_letter")
    assert "+  " in run("gateway", "accept", "fix", "post", "--yes")
    wait_until(lambda: names(app) == ["fix__send_letter", "fix__weigh"])
    run("gateway", "tool", "describe", "fix", "post", "", "--title", "")
    assert listed(app)["fix__send_letter"]["description"] == "Sends a letter, and all memories."


def test_two_tools_never_get_one_name(commands: Behind, app: KeyHolder) -> None:
    """AS-105: a tool that comes later stands in the place of none that has its name here."""
    assert "Two tools would be called 'weigh'" in refuse("gateway", "tool", "rename", "fix", "post", "weigh")
    run("gateway", "tool", "rename", "fix", "post", "stamp")
    assert "Two tools would be called 'stamp'" in refuse("gateway", "tool", "rename", "fix", "weigh", "stamp")
    commands.replace("fix", tools(post="Sends a letter.", stamp="Says it is the one.", weigh="Weighs a parcel."))
    wait_until(lambda: "fix__weigh" in names(app))
    assert names(app) == ["fix__stamp", "fix__weigh"]
    assert listed(app)["fix__stamp"]["description"] == "Sends a letter."
    run("gateway", "tool", "rename", "fix", "stamp", "post")
    assert {name: tool["description"] for name, tool in listed(app).items()} == {
        "fix__post": "Says it is the one.",
        "fix__stamp": "Sends a letter.",
        "fix__weigh": "Weighs a parcel.",
    }


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("rename", "fix", "post", "p\u043est"), "no name for a tool"),
        (("rename", "fix", "post", "x" * 130), "no name for a tool"),
        (("rename", "fix", "nothing", "post2"), "has no tool 'nothing'"),
        (("hide", "gone", "post"), "there is no server 'gone'"),
        (("describe", "fix", "post", "x" * 5000), "at most 4000 characters"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(command: tuple[str, ...], said: str) -> None:
    assert said in refuse("gateway", "tool", *command)


def test_a_person_shapes_their_own_server_and_the_list_tells_what_tools_may_do(doors: Doors, commands: Behind) -> None:
    ada = doors.person()
    app = key_of(ada, scope="gateway:call", details=[EVERYTHING])
    commands.stdio("own", tools(post="Sends a letter."), owner=key_row(doors, app.id).user_id)
    run("gateway", "tool", "rename", "own", "post", "mine", "--user", ada.email)
    assert names(app) == ["own__mine"]
    refuse("gateway", "tool", "hide", "own", "post")
    assert run("gateway", "tool", "list", "own", "--user", ada.email) == "post  own__mine  (only reads)\n"
    [told] = json.loads(run("gateway", "tool", "list", "own", "--user", ada.email, "--json"))
    assert told == {"tool": "post", "shown_as": "own__mine", "is_described_here": False, "risk": "only reads"}


def test_a_pinned_tool_stays_pinned_under_another_name(doors: Doors, behind: Behind) -> None:
    server, app = behind.stdio("fix", tools(post="Sends a letter.")), holder(doors)
    wait_until(lambda: names(app))
    assert structured(app.call("tools_pin", names=["fix__post"]))["pinned"] == ["fix__post"]
    Shapes(behind.engine).put(server, "post", ToolShape(name="mail"), ["post"])
    assert structured(app.call("tools_pin", names=[]))["pinned"] == ["fix__mail"]
