"""Servers for everybody, added and removed over plain HTTP by who may manage them."""

import json
from dataclasses import replace

import pytest

from tests.doors import Doors, wait_until
from tests.gateway.conftest import BARE, Behind
from tests.gateway.rest.plain_apps import PlainApp, plain_app, refused

COMMAND = {"command": BARE[0], "args": list(BARE[1:])}


@pytest.fixture
def manager(doors: Doors, behind: Behind) -> PlainApp:
    """A program that may manage servers, and call them; the servers are gone after the test."""
    assert behind
    return plain_app(doors, scope="gateway:call gateway:manage")


def test_a_server_is_added_for_everybody_and_removed(manager: PlainApp, doors: Doors, upstream_url: str) -> None:
    """G15, G16."""
    text = json.dumps({"mcpServers": {"exa_search": {"url": upstream_url}}})
    added = manager.post("/mcp/servers/add", {"config_data": text})
    assert added.status_code == 201
    [server] = added.json()["added"]
    assert (server["server_name"], server["transport"]) == ("exa-search", "http")
    other = plain_app(doors)
    wait_until(lambda: "exa-search__add" in other.tools())
    assert refused(manager.post("/mcp/servers/add", {"config_data": text})) == (409, "conflict")
    assert manager.post("/mcp/servers/remove", {"server_uuid": server["server_uuid"]}).status_code == 200
    assert other.tools() == []


def test_a_command_is_added_by_who_may_manage_servers(manager: PlainApp, doors: Doors) -> None:
    """G15, G24, AS-104: a program with its arguments, and no transport named."""
    added = manager.post("/add-server", {"mcpServers": {"my_custom_server": COMMAND}})
    assert [one["transport"] for one in added.json()["added"]] == ["stdio"]
    other = plain_app(doors)
    wait_until(lambda: "my-custom-server__process" in other.tools())
    assert other.execute("process").json()["structured_content"]["process"] > 0


def test_who_may_manage_brings_a_command_into_a_session(manager: PlainApp, doors: Doors) -> None:
    session = manager.new_session()
    assert session.add({"own": COMMAND}).status_code == 201
    wait_until(lambda: "own__process" in session.tools())
    assert "own__process" not in plain_app(doors).tools()


def test_who_may_only_call_changes_nothing_for_everybody(doors: Doors, behind: Behind, upstream_url: str) -> None:
    """AS-104."""
    behind.http("fix", upstream_url)
    app = plain_app(doors)
    for answer in (
        app.add({"mine": {"url": upstream_url}}),
        app.add({"mine": COMMAND}),
        app.post("/mcp/servers/remove", {"server_name": "fix"}),
    ):
        assert refused(answer) == (403, "insufficient_scope")
        assert "gateway:call gateway:manage" in answer.headers["www-authenticate"]
    assert [one.name for one in behind.upstreams.every()] == ["fix"]


def test_of_servers_of_which_one_cannot_be_used_none_is_added(
    manager: PlainApp, behind: Behind, upstream_url: str
) -> None:
    answer = manager.add({"good": {"url": upstream_url}, "bad": {"url": "http://10.0.0.8/mcp"}})
    assert refused(answer) == (422, "invalid_request")
    assert "'bad' cannot be used" in answer.json()["error_description"]
    assert behind.upstreams.every() == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"config_data": "{"},
        {"config_data": "[" * 30_000},
        {"config_data": "{}"},
        {"config_data": {"mcpServers": {}}},
        {"config_data": {"mcpServers": []}},
        {"config_data": 5},
        {"config_data": "{}", "mcpServers": {}},
        {"mcpServers": {"x": {"command": "a", "url": "https://b.example"}}},
        {"mcpServers": {"x": {"command": "a\u0000"}}},
        {"mcpServers": {"x": {"url": "https://b.example", "headers": {"Host": "c"}}}},
        {"mcpServers": {f"x{number}": {"url": "https://b.example"} for number in range(60)}},
    ],
    ids=lambda body: str(body)[:50],
)
def test_what_cannot_be_added_is_refused_in_words(manager: PlainApp, behind: Behind, body: object) -> None:
    assert refused(manager.post("/mcp/servers/add", body)) == (422, "invalid_request")
    assert behind.upstreams.every() == []


@pytest.mark.parametrize("body", [{}, {"server_uuid": "a", "server_name": "b"}, {"server_name": 5}])
def test_one_server_is_named_to_be_removed(manager: PlainApp, body: object) -> None:
    assert refused(manager.post("/mcp/servers/remove", body)) == (422, "invalid_request")


def test_secrets_of_a_server_are_told_to_nobody(manager: PlainApp, upstream_url: str) -> None:
    server = {"url": upstream_url, "headers": {"x-api-key": "of-the-installation"}}
    assert manager.add({"fix": server}).status_code == 201
    assert "of-the-installation" not in manager.get("/mcp/servers").text
    wait_until(lambda: manager.tools())
    assert manager.execute("seen_headers").json()["structured_content"]["x-api-key"] == "of-the-installation"


@pytest.fixture
def strict_doors(own_doors: Doors) -> Doors:
    """Doors as they are unless somebody says otherwise."""
    own_doors.stop_resource()
    del own_doors.resource_settings["api_commands"]
    own_doors.start_resource()
    return own_doors


def test_nobody_adds_a_command_by_the_api_unless_a_setting_says_so(strict_doors: Doors) -> None:
    """AS-104."""
    manager = plain_app(strict_doors, scope="gateway:call gateway:manage")
    assert refused(manager.add({"own": COMMAND})) == (403, "commands_off")
    assert refused(manager.new_session().add({"own": COMMAND})) == (403, "commands_off")


def test_the_paths_follow_the_path_of_the_mcp_endpoint(own_doors: Doors) -> None:
    own_doors.stop_resource()
    own_doors.stop_auth()
    own_doors.mcp_url = f"{own_doors.origin}/memory/mcp"
    own_doors.shared["mcp_url"] = own_doors.mcp_url
    own_doors.start_auth()
    own_doors.start_resource()
    app = replace(plain_app(own_doors), origin=f"{own_doors.origin}/memory")
    assert app.get("/mcp/tools").json() == {"tools": []}
    assert app.get("/sessions").json() == {"sessions": []}
    assert replace(app, origin=own_doors.origin).get("/mcp/tools").status_code == 404
