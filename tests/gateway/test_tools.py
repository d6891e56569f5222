"""Tools of other servers, listed and called through /mcp by an app whose grant names them."""

from typing import Any

import pytest

from tests.doors import Connection, Doors, wait_until
from tests.gateway.conftest import Behind
from tests.key_holders import KeyHolder, key_of, key_row

EVERYTHING = {"type": "server", "server": "*", "tools": ["*"]}


def holder(doors: Doors, *details: dict[str, Any]) -> KeyHolder:
    """A program of a new person, with these details."""
    return key_of(doors.person(), scope="gateway:call", details=list(details or (EVERYTHING,)))


def names(app: KeyHolder | Connection) -> list[str]:
    """The tools it sees of other servers."""
    answer = app.post({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}).json()
    return [tool["name"] for tool in answer["result"]["tools"] if "__" in tool["name"]]


def answered(app: KeyHolder | Connection, tool: str, **arguments: Any) -> dict[str, Any]:
    """The result of a call."""
    result: dict[str, Any] = app.call(tool, **arguments).json()["result"]
    return result


STARTED = pytest.param("stdio", marks=pytest.mark.thorough)
"""What depends on the transport least is asked of a process in CI."""


@pytest.fixture(params=["http", "stdio"])
def server(request: pytest.FixtureRequest, behind: Behind, upstream_url: str) -> str:
    """The fixture server under the name `fix`, by each transport."""
    if request.param == "http":
        behind.http("fix", upstream_url)
    else:
        behind.stdio("fix")
    return str(request.param)


@pytest.mark.usefixtures("server")
def test_a_tool_is_listed_with_its_servers_name_and_answers(doors: Doors) -> None:
    app = holder(doors)
    wait_until(lambda: "fix__add" in names(app))
    result = answered(app, "fix__add", one=2, two=3)
    assert result["structuredContent"] == {"result": 5}
    assert "isError" not in result or result["isError"] is False


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("server", ["http", STARTED], indirect=True)
def test_an_error_of_the_tool_is_passed_on_as_one(doors: Doors) -> None:
    app = holder(doors)
    wait_until(lambda: names(app))
    result = answered(app, "fix__fail")
    assert result["isError"] is True
    assert "Error executing tool fail" in result["content"][0]["text"]


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("server", ["http", STARTED], indirect=True)
def test_a_grant_reaches_the_tools_it_names_and_no_other(doors: Doors) -> None:
    app = holder(doors, {"type": "server", "server": "fix", "tools": ["add", "remember"]})
    wait_until(lambda: names(app))
    assert names(app) == ["fix__add", "fix__remember"]
    assert "does not reach this tool" in answered(app, "fix__fail")["content"][0]["text"]


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("server", ["http", STARTED], indirect=True)
def test_a_grant_that_only_reads_reaches_what_says_that_it_only_reads(doors: Doors) -> None:
    app = holder(doors, {"type": "server", "server": "fix", "tools": ["*"], "read_only": True})
    wait_until(lambda: names(app))  # a process takes its time to start
    assert names(app) == ["fix__add", "fix__environment", "fix__process", "fix__seen_headers"]
    assert answered(app, "fix__remember", text="x")["isError"] is True


def test_without_the_scope_nothing_is_listed_and_a_call_says_which_scope_is_missing(
    doors: Doors, behind: Behind, upstream_url: str
) -> None:
    behind.http("fix", upstream_url)
    app = key_of(doors.person())
    assert names(app) == []
    refused = app.call("fix__add", one=1, two=1)
    assert refused.status_code == 403
    assert 'scope="memory:read memory:write gateway:call"' in refused.headers["www-authenticate"]


def test_no_header_of_the_caller_reaches_the_server(doors: Doors, behind: Behind, upstream_url: str) -> None:
    """AS-101."""
    behind.http("fix", upstream_url, secrets={"Authorization": "Bearer of-the-installation"})
    app = holder(doors)
    seen = answered(app, "fix__seen_headers")["structuredContent"]
    assert seen["authorization"] == "Bearer of-the-installation"
    assert app.secret not in str(seen)


def test_a_process_finds_nothing_of_our_environment_but_what_was_entered_for_it(
    doors: Doors, behind: Behind, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AS-104: a clean environment."""
    monkeypatch.setenv("OSTIARY_MASTER_KEY", "must not be seen")
    behind.stdio("fix", secrets={"API_KEY": "entered"})
    app = holder(doors)
    wait_until(lambda: names(app))
    found = answered(app, "fix__environment")["structuredContent"]
    assert found["API_KEY"] == "entered"
    assert not [name for name in found if name.startswith("OSTIARY")]


def test_each_person_calls_with_their_own_credential_and_nobody_with_anothers(
    doors: Doors, behind: Behind, upstream_url: str
) -> None:
    server = behind.http("fix", upstream_url, asks=("Authorization",))
    ada, bob = doors.person(), doors.person()
    apps = [key_of(one, scope="gateway:call", details=[EVERYTHING]) for one in (ada, bob)]
    assert names(apps[0]) == []
    assert "connect fix first" in answered(apps[0], "fix__add", one=1, two=1)["content"][0]["text"]
    behind.upstreams.enter(server, key_row(doors, apps[0].id).user_id, {"Authorization": "Bearer of-ada"})
    wait_until(lambda: "fix__seen_headers" in names(apps[0]))
    assert answered(apps[0], "fix__seen_headers")["structuredContent"]["authorization"] == "Bearer of-ada"
    assert names(apps[1]) == []
    assert "connect fix first" in answered(apps[1], "fix__seen_headers")["content"][0]["text"]


def test_a_server_that_is_down_leaves_the_others_alone(doors: Doors, behind: Behind, upstream_url: str) -> None:
    behind.http("down", "http://127.0.0.1:9/mcp")
    behind.stdio("missing", ("/nowhere/at-all",))
    behind.http("fix", upstream_url)
    app = holder(doors)
    assert {name.partition("__")[0] for name in names(app)} == {"fix"}
    assert "cannot be reached" in answered(app, "down__add")["content"][0]["text"]


def test_a_process_that_ends_is_started_again_by_the_next_call(doors: Doors, behind: Behind) -> None:
    behind.stdio("fix")
    app = holder(doors)
    wait_until(lambda: names(app))
    assert "ended the connection" in answered(app, "fix__end")["content"][0]["text"]
    wait_until(lambda: answered(app, "fix__add", one=1, two=1).get("structuredContent") == {"result": 2})


def test_the_person_finds_every_call_in_their_ledger(doors: Doors, behind: Behind, upstream_url: str) -> None:
    behind.http("fix", upstream_url)
    memory = {"type": "memory", "actions": ["read"], "namespaces": ["*"]}
    tools = {"type": "tools", "sets": ["memory", "history"]}
    app = key_of(doors.person(), scope="memory:read gateway:call", details=[EVERYTHING, memory, tools])
    answered(app, "fix__remember", text="the milk")
    answered(app, "fix__fail")
    entries = answered(app, "memory_ledger", action="call")["structuredContent"]["entries"]
    assert [(entry["tool"], entry["question"]) for entry in entries] == [
        ("fix__fail", ""),
        ("fix__remember", "text: the milk"),
    ]
