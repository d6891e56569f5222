"""What a grant allows now reaches calls, lists and streams at once (AS-38, AS-116, AS-117)."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import anyio
import anyio.lowlevel
import httpx2
import pytest
import time_machine

from resource_server.authorization.door import open_door
from resource_server.context.caller import Caller, GrantEndedError
from resource_server.settings import Settings as ResourceSettings
from shared.clock import now
from shared.credential_forms import Credential
from tests.doors import Connection, Doors, Person, wait_until
from tests.loopback import LOOPBACK
from tests.mcp_messages import BOTH_KINDS, initialize, request
from tests.mcp_sessions import open_session
from tests.resource_server.test_busy_vaults import locked_by_another

READ = [{"type": "memory", "actions": ["read"], "namespaces": ["personal"]}]
SECONDS_TO_TAKE_EFFECT = 5.0


def status(connection: Connection) -> int:
    """The status of a harmless call."""
    return connection.post(request("tools/list")).status_code


def tools(connection: Connection) -> set[str]:
    """The names that are listed."""
    return {tool["name"] for tool in connection.post(request("tools/list")).json()["result"]["tools"]}


@contextmanager
def open_stream(connection: Connection) -> Iterator[httpx2.Response]:
    """The event stream of a new session."""
    session = connection.post(initialize(), Accept=BOTH_KINDS).headers["mcp-session-id"]
    headers = connection.headers | {"Mcp-Session-Id": session, "Accept": "text/event-stream"}
    with (
        httpx2.Client(**LOOPBACK, timeout=20) as client,
        client.stream("GET", connection.mcp_url, headers=headers) as stream,
    ):
        assert stream.status_code == 200
        yield stream


async def keep_writing(caller: Caller) -> None:
    """What a long call does: work, and ask before each commit."""
    while True:
        await anyio.lowlevel.checkpoint()
        caller.ensure_live()


def test_a_revoked_grant_is_refused_within_five_seconds(mary: Person) -> None:
    """AS-38: taken back between two calls, the second is 401 invalid_token."""
    connection = mary.connect()
    assert status(connection) == 200
    mary.doors.revoke(connection)
    wait_until(lambda: status(connection) == 401, SECONDS_TO_TAKE_EFFECT)
    challenge = connection.post(request("tools/list")).headers["www-authenticate"]
    assert 'error="invalid_token"' in challenge


def test_a_revoked_grant_leaves_the_persons_other_apps_alone(mary: Person) -> None:
    """One grant ends, not the person."""
    first, second = mary.connect(), mary.connect()
    mary.doors.revoke(first)
    wait_until(lambda: status(first) == 401, SECONDS_TO_TAKE_EFFECT)
    assert status(second) == 200


def test_a_stream_closes_when_its_grant_is_revoked(mary: Person) -> None:
    """AS-116: the GET stream of a session ends without a word from the client."""
    connection = mary.connect()
    with open_stream(connection) as stream:
        started = time.monotonic()
        mary.doors.revoke(connection)
        assert not any(line.startswith("data:") for line in stream.iter_lines())
    assert time.monotonic() - started < SECONDS_TO_TAKE_EFFECT


def test_a_call_on_its_way_is_answered_when_its_grant_is_revoked(mary: Person) -> None:
    """AS-116: the stream of a request closes with an error that answers it, or its client would wait for ever."""
    connection = mary.connect()
    session = open_session(connection)
    call = request("tools/call", {"name": "memory_store", "arguments": {"text": "too late"}}, "the call")
    headers = connection.headers | session | {"Accept": BOTH_KINDS}
    with (
        locked_by_another(connection, mary),
        httpx2.Client(**LOOPBACK, timeout=20) as client,
        client.stream("POST", connection.mcp_url, json=call, headers=headers) as stream,
    ):
        mary.doors.revoke(connection)
        events = [json.loads(line[5:]) for line in stream.iter_lines() if line.startswith("data:")]
    assert [(event["id"], event["error"]["code"]) for event in events] == [("the call", -32001)]


def test_a_stream_closes_when_its_token_expires(mary: Person) -> None:
    """AS-116: a stream does not outlive the token that opened it."""
    connection = mary.connect()
    expires_at = int(time.time()) + 3
    token = mary.doors.sign(mary.doors.claims(connection) | {"exp": expires_at})
    with open_stream(Connection(connection.mcp_url, connection.client_id, {"access_token": token})) as stream:
        list(stream.iter_lines())
    assert expires_at <= time.time() < expires_at + 5


def test_a_narrowed_grant_lists_and_allows_less_at_once(mary: Person) -> None:
    """AS-117: the same token reaches less after the person edited the grant."""
    connection = mary.connect()
    assert {"memory_store", "memory_search"} <= tools(connection)
    mary.doors.edit(connection, "memory:read", READ)
    wait_until(lambda: "memory_store" not in tools(connection), SECONDS_TO_TAKE_EFFECT)
    assert "memory_search" in tools(connection)
    assert connection.call("memory_store", value="x").status_code == 403


def test_a_scope_whose_details_are_empty_lists_nothing_and_is_no_challenge(mary: Person) -> None:
    """AS-118: a scope the app holds but may use nowhere is a tool error; a challenge would send it in circles."""
    connection = mary.connect()
    mary.doors.edit(connection, "memory:read memory:write", READ)
    wait_until(lambda: "memory_store" not in tools(connection), SECONDS_TO_TAKE_EFFECT)
    answer = connection.call("memory_store", value="x")
    assert answer.status_code == 200
    assert answer.json()["result"]["isError"] is True


def test_what_is_listed_is_what_the_scope_reaches(mary: Person) -> None:
    """AS-117: outside the scope nothing is listed."""
    reading, writing = tools(mary.connect("memory:read")), tools(mary.connect("memory:write"))
    assert "memory_search" in reading
    assert "memory_store" not in reading
    assert "memory_store" in writing
    assert "memory_search" not in writing


def test_a_grant_revoked_while_this_server_was_down_stays_revoked(own_doors: Doors) -> None:
    """AS-116: the feed is not the only source of truth; after a start everything is asked anew."""
    connection = own_doors.person().connect()
    assert status(connection) == 200
    own_doors.stop_resource()
    own_doors.revoke(connection)
    own_doors.start_resource()
    assert status(connection) == 401


def test_silence_is_borne_for_the_grace_and_then_refused_without_a_challenge(own_doors: Doors) -> None:
    """Calls go on for 60 s without the authorization server, then 503, not 401; when it is back, so are they."""
    connection = own_doors.person().connect()
    assert status(connection) == 200
    own_doors.stop_auth()
    assert status(connection) == 200
    with time_machine.travel(now() + timedelta(seconds=61)):
        answer = connection.post(request("tools/list"))
        assert answer.status_code == 503
        assert "retry-after" in answer.headers
        assert "www-authenticate" not in answer.headers
        assert own_doors.health()["revocations"] == "stale"
    own_doors.start_auth()
    wait_until(lambda: own_doors.health()["revocations"] == "fresh")
    assert status(connection) == 200


def test_a_grant_revoked_during_an_outage_of_the_feed_is_heard_of_later(own_doors: Doors) -> None:
    """The feed goes on where it stopped, so that nothing is missed."""
    connection, other = (own_doors.person().connect() for _ in range(2))
    assert status(connection) == status(other) == 200
    own_doors.stop_auth()
    own_doors.start_auth()
    own_doors.revoke(connection)
    wait_until(lambda: status(connection) == 401, SECONDS_TO_TAKE_EFFECT)
    assert status(other) == 200


def test_it_starts_before_the_authorization_server_and_waits(tmp_path: Path) -> None:
    """No order of starting is demanded: until the other answers, calls are 503 and health says why."""
    doors = Doors(tmp_path)
    try:
        doors.start_resource(until_fresh=False)
        token = "a.b.c"
        headers = {"Authorization": f"Bearer {token}"}
        assert httpx2.get(f"{doors.origin}/health", **LOOPBACK).status_code == 200
        assert doors.health()["revocations"] == "stale"
        assert httpx2.post(doors.mcp_url, json=request("ping"), headers=headers, **LOOPBACK).status_code == 401
        doors.start_auth()
        wait_until(lambda: doors.health()["revocations"] == "fresh")
        assert status(doors.person().connect()) == 200
    finally:
        doors.close()


@pytest.mark.anyio
async def test_a_write_in_progress_learns_that_its_grant_has_ended(mary: Person) -> None:
    """AS-116: what a write asks last, before it commits, is answered by the feed and not by the token."""
    connection, doors = mary.connect(), mary.doors
    door = open_door(ResourceSettings(**doors.shared))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(door.feed.run)
        with anyio.fail_after(SECONDS_TO_TAKE_EFFECT):
            while not door.feed.is_fresh():
                await anyio.lowlevel.checkpoint()
        caller = (await door.authorizer.authorize(Credential(connection.access_token), connection.mcp_url)).caller
        caller.ensure_live()
        await anyio.to_thread.run_sync(doors.revoke, connection)
        with anyio.fail_after(SECONDS_TO_TAKE_EFFECT), pytest.raises(GrantEndedError):
            await keep_writing(caller)
        tasks.cancel_scope.cancel()
    await door.client.close()
