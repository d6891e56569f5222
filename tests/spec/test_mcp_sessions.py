"""MCP 2024-11-05 to 2025-11-25: sessions that are offered, never demanded, and never a credential (AS-106)."""

import json
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from tests.doors import Connection, Doors, Person
from tests.loopback import LOOPBACK
from tests.mcp_messages import BOTH_KINDS, LEGACY, initialize, request
from tests.mcp_sessions import end_session, event_stream, open_session
from tests.replicas import at, replica


@pytest.fixture(scope="module")
def connection(mary: Person) -> Connection:
    """An app with both scopes."""
    return mary.connect()


@pytest.mark.parametrize("version", LEGACY)
def test_initialize_offers_a_session_in_every_older_revision(connection: Connection, version: str) -> None:
    """K7, E14: the negotiated version, and an id of visible ASCII (MCP, session management)."""
    opened = connection.post(initialize(version))
    assert opened.json()["result"]["protocolVersion"] == version
    session_id = opened.headers["mcp-session-id"]
    assert session_id.isascii()
    assert session_id.isprintable()
    listed = connection.post(request("tools/list"), **open_session(connection, version))
    assert listed.json()["result"]["tools"]


def test_an_unknown_version_is_answered_with_one_that_is_served(connection: Connection) -> None:
    """MCP, lifecycle, version negotiation."""
    assert connection.post(initialize("2020-01-01")).json()["result"]["protocolVersion"] == LEGACY[-1]


def test_a_session_is_offered_not_demanded(connection: Connection) -> None:
    """K47: the same calls work without it."""
    answer = connection.post(request("tools/list"), **{"MCP-Protocol-Version": LEGACY[-1]})
    assert answer.status_code == 200
    assert "mcp-session-id" not in answer.headers


def test_a_client_that_reads_streams_gets_one(connection: Connection) -> None:
    """MCP 2025-11-25, streamable HTTP: the answer to a request may be an event stream."""
    session = open_session(connection)
    answer = connection.post(request("tools/list", request_id="a"), Accept=BOTH_KINDS, **session)
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["x-accel-buffering"] == "no"
    data = next(line for line in answer.text.splitlines() if line.startswith("data:"))
    assert json.loads(data.removeprefix("data:"))["id"] == "a"


def test_a_client_in_a_session_that_reads_json_gets_json(connection: Connection) -> None:
    """K47: `Accept: */*` is answered as JSON, inside a session too."""
    answer = connection.post(request("tools/list"), Accept="*/*", **open_session(connection))
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["id"] == 1


@pytest.mark.parametrize("character", "\u2028\u2029\x85\x0b\x0c\x1c", ids=ascii)
def test_what_unicode_calls_a_line_break_is_none_of_a_stream(connection: Connection, character: str) -> None:
    """WHATWG HTML §9.2.6: a line of an event stream ends with CR, LF or both, and with nothing else."""
    session, text = open_session(connection), f"before{character}after"
    connection.post(_call("memory_store", value=text, key=ascii(character)), **session)
    recalled = connection.post(_call("memory_recall", key=ascii(character)), Accept="application/json", **session)
    assert recalled.status_code == 200
    assert recalled.json()["result"]["structuredContent"]["memories"][0]["text"] == text


def _call(tool: str, **arguments: str) -> dict[str, object]:
    return request("tools/call", {"name": tool, "arguments": arguments})


def test_the_stream_of_a_session_opens(connection: Connection) -> None:
    """K3, M25: GET is an event stream."""
    with event_stream(connection, open_session(connection)) as stream:
        assert stream.status_code == 200
        assert stream.headers["content-type"].startswith("text/event-stream")


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_without_a_session_there_is_nothing_to_get_or_delete(connection: Connection, method: str) -> None:
    """MCP, streamable HTTP: 405."""
    headers = connection.headers | {"Accept": "text/event-stream"}
    assert httpx2.request(method, connection.mcp_url, headers=headers, **LOOPBACK).status_code == 405


def test_an_ended_session_is_gone(connection: Connection) -> None:
    """K5, M26, E14: 404 exactly, for every method, and ending it again is 404 too."""
    session = open_session(connection)
    assert end_session(connection, session).status_code == 204
    assert connection.post(request("tools/list"), **session).status_code == 404
    with event_stream(connection, session) as stream:
        assert stream.status_code == 404
    assert end_session(connection, session).status_code == 404


def test_ending_a_session_closes_its_stream(connection: Connection) -> None:
    """MCP, session management."""
    session = open_session(connection)
    with event_stream(connection, session) as stream:
        end_session(connection, session)
        assert list(stream.iter_lines()) is not None


@pytest.mark.parametrize("session_id", ["unknown", "é", "", "x" * 5000, "../../x", "a b", "WyJtY3NfMDEiXQ.AAAA"])
def test_an_invented_session_is_not_found(connection: Connection, session_id: str) -> None:
    """AS-106: forged ids are 404, never a 5xx."""
    raw = [(b"Mcp-Session-Id", session_id.encode())]
    raw += [(name.encode(), value.encode()) for name, value in connection.headers.items()]
    answer = httpx2.post(connection.mcp_url, json=request("tools/list"), headers=raw, **LOOPBACK)
    assert answer.status_code == 404
    assert answer.json()["error"]["message"].startswith("Session not found")


def test_a_changed_session_id_is_not_found(connection: Connection) -> None:
    """AS-106: the id is signed."""
    session_id = open_session(connection)["Mcp-Session-Id"]
    for changed in (session_id[:-2] + "AA", "A" + session_id[1:], session_id + "A", session_id.split(".")[0]):
        assert connection.post(request("tools/list"), **{"Mcp-Session-Id": changed}).status_code == 404


def test_another_persons_session_is_not_found(connection: Connection, bob: Person) -> None:
    """AS-106: with one's own good token, by every method, Last-Event-ID included; the owner notices nothing."""
    session, stranger = open_session(connection), bob.connect()
    assert stranger.post(request("tools/list"), **session).status_code == 404
    with event_stream(stranger, session, **{"Last-Event-ID": "1"}) as stream:
        assert stream.status_code == 404
    assert end_session(stranger, session).status_code == 404
    assert connection.post(request("tools/list"), **session).status_code == 200


def test_another_persons_session_through_the_same_app_is_not_found(mary: Person, bob: Person) -> None:
    """AS-106: client ids are shared between people, so the id is bound to the person too."""
    client_id = mary.doors.register()
    session = open_session(mary.connect(client_id=client_id))
    assert bob.connect(client_id=client_id).post(request("tools/list"), **session).status_code == 404


def test_another_app_of_the_same_person_does_not_share_the_session(connection: Connection, mary: Person) -> None:
    """AS-106: one app's session is nothing to another."""
    assert mary.connect().post(request("tools/list"), **open_session(connection)).status_code == 404


def test_a_step_up_keeps_the_session(mary: Person) -> None:
    """MCP, step-up: the app comes back with a token of a new grant, in the middle of its session."""
    client_id = mary.doors.register()
    session = open_session(mary.connect("memory:read", client_id=client_id))
    stepped_up = mary.connect(client_id=client_id)
    call = request("tools/call", {"name": "memory_store", "arguments": {"value": "x"}})
    assert stepped_up.post(call, **session).json()["result"]["isError"] is False


def test_a_session_lends_no_scope(mary: Person) -> None:
    """MCP-BP: sessions are not authentication; each request is judged by its own token."""
    client_id = mary.doors.register()
    session = open_session(mary.connect(client_id=client_id))
    call = request("tools/call", {"name": "memory_store", "arguments": {"value": "x"}})
    assert mary.connect("memory:read", client_id=client_id).post(call, **session).status_code == 403


def test_an_event_id_resumes_nothing_and_breaks_nothing(connection: Connection) -> None:
    """MCP 2025-11-25, resumability is optional: a stream opens as if Last-Event-ID were not there."""
    with event_stream(connection, open_session(connection), **{"Last-Event-ID": "stolen"}) as stream:
        assert stream.status_code == 200


def test_a_session_outlives_a_restart_and_so_does_its_end(own_doors: Doors) -> None:
    """AS-106, E14: a live session goes on in another process, an ended one stays ended there."""
    connection = own_doors.person().connect()
    live, ended = open_session(connection), open_session(connection)
    end_session(connection, ended)
    own_doors.stop_resource()
    own_doors.start_resource()
    assert connection.post(request("tools/list"), **live).json()["result"]["tools"]
    with event_stream(connection, live) as stream:
        assert stream.status_code == 200
    assert connection.post(request("tools/list"), **ended).status_code == 404


def test_the_oldest_session_ends_beyond_the_cap(own_doors: Doors) -> None:
    """One person cannot hold sessions without end, and cannot end another's."""
    own_doors.stop_resource()
    own_doors.resource_settings["sessions_per_user"] = 2
    own_doors.start_resource()
    connection, other = own_doors.person().connect(), own_doors.person().connect()
    others = open_session(other)
    first, second, third = (open_session(connection) for _ in range(3))
    statuses = [connection.post(request("ping"), **session).status_code for session in (first, second, third)]
    assert statuses == [404, 200, 200]
    assert other.post(request("ping"), **others).status_code == 200


def test_another_replica_goes_on_with_a_session_and_ends_it_everywhere(own_doors: Doors) -> None:
    """AS-106: no sticky sessions are needed, and a tombstone is seen by all."""
    connection = own_doors.person().connect()
    session = open_session(connection)
    with replica(own_doors) as url:
        there = at(url, connection)
        assert there.post(request("tools/list"), **session).json()["result"]["tools"]
        assert connection.post(request("tools/list"), **session).json()["result"]["tools"]
        assert end_session(there, session).status_code == 204
        assert connection.post(request("tools/list"), **session).status_code == 404


def test_many_clients_at_once_each_keep_their_own_session(connection: Connection) -> None:
    """Sessions opened at the same moment do not mix their answers."""

    def converse(number: int) -> set[int | str]:
        session = open_session(connection)
        answers = [connection.post(request("ping", request_id=f"{number}-{turn}"), **session) for turn in range(4)]
        assert end_session(connection, session).status_code == 204
        return {answer.json()["id"] for answer in answers}

    with ThreadPoolExecutor(8) as pool:
        for number, ids in enumerate(pool.map(converse, range(16))):
            assert ids == {f"{number}-{turn}" for turn in range(4)}
