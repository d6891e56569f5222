"""Sessions with servers of their own: `X-Session-ID` confines an app to what is in one."""

import json
from datetime import timedelta

import pytest

from resource_server.gateway.described import Described
from resource_server.gateway.servers_file import ORIGIN
from resource_server.gateway.sessions import ServerSessions, SessionRules
from resource_server.gateway.tables import GatewaySession
from resource_server.gateway.upstream import Transport
from shared.clock import now
from shared.database import unit_of_work
from tests.doors import Doors, wait_until
from tests.gateway.conftest import BARE, Behind
from tests.gateway.rest.plain_apps import PlainApp, plain_app, refused
from tests.key_holders import KeyHolder


@pytest.fixture
def app(doors: Doors) -> PlainApp:
    """A program that may use every server."""
    return plain_app(doors)


def test_a_session_reaches_its_own_servers_and_nothing_else_does(
    app: PlainApp, doors: Doors, behind: Behind, upstream_url: str
) -> None:
    """G17, G22."""
    behind.http("common", upstream_url)
    session = app.new_session()
    assert session.session.startswith("sess_")
    added = session.add({"own_one": {"url": upstream_url}})
    assert added.status_code == 201
    assert [one["server_name"] for one in added.json()["added"]] == ["own-one"]
    wait_until(lambda: "own-one__add" in session.tools())
    assert {name.partition("__")[0] for name in session.tools()} == {"own-one"}
    assert session.execute("add", one=1, two=2).json()["server"] == "own-one"
    assert refused(session.execute("common__add", one=1, two=2)) == (404, "not_found")
    assert "own-one__add" not in app.tools()
    assert refused(app.execute("own-one__add", one=1, two=2)) == (404, "not_found")
    seen = KeyHolder(doors.mcp_url, app.secret).post({"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
    assert "own-one__" not in seen.text


def test_a_session_is_shown_with_its_servers_and_tools(app: PlainApp, upstream_url: str) -> None:
    """G18, G19, G29."""
    session = app.new_session(user="alice", project="research")
    session.add({"own": {"url": upstream_url}})
    wait_until(lambda: session.tools())
    details = app.get(f"/sessions/{session.session}").json()
    assert details["metadata"] == {"user": "alice", "project": "research"}
    assert [one["server_name"] for one in details["servers"]] == ["own"]
    assert "own__add" in [tool["name"] for tool in details["tools"]]
    [shown] = app.get("/sessions").json()["sessions"]
    assert shown["session_id"] == session.session
    assert shown["metadata"] == {"user": "alice", "project": "research"}
    assert (shown["server_count"], shown["connection_count"]) == (1, 1)


def test_what_leaves_one_session_goes_on_for_everybody_else(app: PlainApp, doors: Doors, behind: Behind) -> None:
    """AS-108: a server of the file is in each session, and belongs to none."""
    behind.upstreams.enlist(Described("shared", Transport.STDIO, command=BARE), origin=ORIGIN)
    other = plain_app(doors)
    wait_until(lambda: "shared__process" in other.tools())
    before = other.execute("shared__process").json()["structured_content"]["process"]
    session = app.new_session()
    wait_until(lambda: "shared__process" in session.tools())
    assert session.post("/mcp/servers/remove", {"server_name": "shared"}).status_code == 200
    assert session.tools() == []
    assert other.execute("shared__process").json()["structured_content"]["process"] == before


def test_an_ended_session_takes_its_servers_along(app: PlainApp, behind: Behind, upstream_url: str) -> None:
    """G20."""
    session = app.new_session()
    session.add({"own": {"url": upstream_url}})
    assert session.tools()
    assert app.delete(f"/sessions/{session.session}").json() == {"session_id": session.session}
    assert behind.upstreams.every(session.session) == []
    for answer in (session.get("/mcp/tools"), session.execute("add"), app.delete(f"/sessions/{session.session}")):
        assert refused(answer) == (404, "session_unknown")
    assert app.get("/sessions").json()["sessions"] == []


@pytest.mark.parametrize("whose", ["another app", "another person"])
def test_a_session_of_somebody_else_is_one_that_is_not_there(doors: Doors, whose: str) -> None:
    """AS-108, AS-106."""
    person = doors.person()
    session = plain_app(doors, person=person).new_session()
    other = plain_app(doors, person=person if whose == "another app" else None, name="other")
    stolen = PlainApp(other.origin, other.secret, other.id, session.session)
    for answer in (
        stolen.get("/mcp/tools"),
        stolen.execute("add"),
        stolen.add({"own": {"url": "http://127.0.0.1:9/mcp"}}),
        stolen.post("/mcp/servers/remove", {"server_name": "own"}),
        other.get(f"/sessions/{session.session}"),
        other.delete(f"/sessions/{session.session}"),
    ):
        assert refused(answer) == (404, "session_unknown")
    assert other.get("/sessions").json()["sessions"] == []


def test_a_server_is_removed_from_a_session_by_the_name_it_was_added_under(app: PlainApp, upstream_url: str) -> None:
    """G16, G22."""
    session = app.new_session()
    session.add({"exa_search": {"url": upstream_url}, "second": {"url": upstream_url}})
    by_name = session.post("/mcp/servers/remove", {"server_name": "exa_search"})
    assert by_name.json()["server_name"] == "exa-search"
    [left] = session.get("/mcp/servers").json()["servers"]
    by_id = session.post("/mcp/servers/remove", {"server_uuid": left["server_uuid"]})
    assert by_id.json()["server_name"] == "second"
    assert session.get("/mcp/servers").json()["servers"] == []
    assert refused(session.post("/mcp/servers/remove", {"server_name": "second"})) == (404, "not_found")


def test_a_grant_that_is_narrowed_reaches_no_server_that_the_app_brought(
    doors: Doors, behind: Behind, upstream_url: str
) -> None:
    """A name that a person chose means the server they knew, and none that an app calls so."""
    person = doors.person()
    narrow = plain_app(doors, {"type": "server", "server": "fix", "tools": ["*"]}, person=person)
    session = narrow.new_session()
    assert refused(session.add({"fix": {"url": upstream_url}})) == (403, "not_granted")
    behind.upstreams.add("fix", Transport.HTTP, url=upstream_url, owner=session.session)
    assert session.tools() == []
    assert refused(session.execute("fix__add", one=1, two=1)) == (404, "not_found")


def test_a_session_brings_no_name_that_is_taken(app: PlainApp, behind: Behind, upstream_url: str) -> None:
    behind.http("common", upstream_url)
    session = app.new_session()
    assert refused(session.add({"free": {"url": upstream_url}, "common": {"url": upstream_url}})) == (409, "conflict")
    assert session.get("/mcp/servers").json()["servers"] == []


def test_an_app_brings_no_command(app: PlainApp) -> None:
    """AS-104, G15."""
    session = app.new_session()
    answer = session.add({"own": {"command": "python", "args": ["server.py"]}})
    assert refused(answer) == (403, "insufficient_scope")
    assert "gateway:manage" in answer.headers["www-authenticate"]


@pytest.mark.parametrize(
    "url", ["http://169.254.169.254/mcp", "http://10.0.0.8/mcp", "file:///etc/passwd", "http://a@b/"]
)
def test_an_app_brings_no_address_that_we_would_not_connect_to(app: PlainApp, url: str) -> None:
    """AS-100."""
    session = app.new_session()
    assert refused(session.add({"own": {"url": url}})) == (422, "invalid_request")


def test_metadata_is_bounded(app: PlainApp) -> None:
    assert refused(app.post("/sessions/create", {"metadata": {"x": "y" * 5000}})) == (422, "invalid_request")
    assert refused(app.post("/sessions/create", {"metadata": "x"})) == (422, "invalid_request")
    assert app.post("/sessions/create", {}).status_code == 201


@pytest.fixture
def few_doors(own_doors: Doors) -> Doors:
    """Doors where sessions are few, and end after a minute; with a file of servers."""
    own_doors.stop_resource()
    own_doors.resource_settings |= {"server_sessions_per_user": 2, "server_session_idle": 60}
    return own_doors


def test_sessions_begin_with_the_file_of_servers_and_survive_a_restart(few_doors: Doors, upstream_url: str) -> None:
    """G17, G33, G29."""
    of_file = {"mcpServers": {"from_file": {"url": upstream_url}}}
    (few_doors.data_dir / "servers.txt").write_text(json.dumps(of_file))
    few_doors.start_resource()
    app = plain_app(few_doors)
    session = app.new_session(project="kept")
    session.add({"own": {"url": upstream_url}})
    few_doors.stop_resource()
    few_doors.start_resource()
    assert [one["server_name"] for one in session.get("/mcp/servers").json()["servers"]] == ["from-file", "own"]
    wait_until(lambda: len({name.partition("__")[0] for name in session.tools()}) == 2)
    assert refused(app.post("/mcp/servers/remove", {"server_name": "from_file"}))[0] == 403
    session.post("/mcp/servers/remove", {"server_name": "from_file"})
    assert [one["server_name"] for one in session.get("/mcp/servers").json()["servers"]] == ["own"]
    assert [one["server_name"] for one in app.get("/mcp/servers").json()["servers"]] == ["from-file"]


def test_a_person_holds_as_many_sessions_as_they_may_until_one_ends(few_doors: Doors, upstream_url: str) -> None:
    few_doors.start_resource()
    app = plain_app(few_doors)
    unused = app.new_session()
    unused.add({"own": {"url": upstream_url}})
    used = app.new_session()
    assert refused(app.post("/sessions/create", {})) == (409, "too_many_sessions")
    behind = Behind(few_doors)
    with unit_of_work(behind.engine) as session:
        session.get_one(GatewaySession, unused.session).used_at = now() - timedelta(minutes=2)
    assert refused(unused.get("/mcp/tools")) == (404, "session_unknown")
    assert [one["session_id"] for one in app.get("/sessions").json()["sessions"]] == [used.session]
    app.new_session()
    ServerSessions(behind.engine, behind.upstreams, SessionRules(60, 2)).end_expired()
    assert behind.upstreams.every(unused.session) == []
    behind.close()
