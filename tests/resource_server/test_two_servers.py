"""Two resource servers on one data folder, with no sticky sessions in front: one client notices nothing."""

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
import time_machine
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from shared.clock import now
from tests.doors import Connection, Doors, Person
from tests.mcp_messages import BOTH_KINDS, initialize, request
from tests.mcp_sessions import closes_silently, end_session, event_stream, open_session, status_in
from tests.replicas import Balancer, at, replica

PER_APP, PER_PERSON = 3, 4
LIFETIME = 120


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    """The authorization server, and the first resource server with its short limits."""
    folder: Path = tmp_path_factory.mktemp("two")
    # The grace outlasts the journeys in time below: what is tested is the end of sessions, not silence of the feed.
    doors = Doors(
        folder, sessions_per_app=PER_APP, sessions_per_user=PER_PERSON, session_lifetime=LIFETIME, feed_grace=3600
    )
    doors.start_auth()
    doors.start_resource()
    yield doors
    doors.close()


@pytest.fixture(scope="module")
def second(first: Doors) -> Iterator[str]:
    """The MCP URL of the second resource server."""
    with replica(first) as url:
        yield url


@pytest.fixture
def person(first: Doors) -> Person:
    """Somebody who holds no session yet."""
    return first.person()


@pytest.fixture
def here(person: Person) -> Connection:
    """The person's app at the first server."""
    return person.connect()


@pytest.fixture
def there(here: Connection, second: str) -> Connection:
    """The same app at the second server."""
    return at(second, here)


def answer(connection: Connection, tool: str, **arguments: Any) -> dict[str, Any]:
    """The structured answer of a tool."""
    result = connection.call(tool, **arguments).json()["result"]
    assert not result.get("isError"), result
    structured: dict[str, Any] = result["structuredContent"]
    return structured


@pytest.mark.anyio
async def test_an_older_client_works_through_both_in_turn(here: Connection, second: str) -> None:
    """MCP 2025-11-25, session management: one initialize, one session, and every second request elsewhere."""
    balancer = Balancer(here.mcp_url, second)
    async with (
        httpx2.AsyncClient(headers=here.headers, transport=balancer) as http,
        Client(streamable_http_client(here.mcp_url, http_client=http), mode="legacy") as client,
    ):
        for number in range(6):
            stored = await client.call_tool("memory_store", {"text": f"note {number}", "key": f"turn {number}"})
            assert not stored.is_error
        recalled = [await client.call_tool("memory_recall", {"key": f"turn {number}"}) for number in range(6)]
    texts = [result.structured_content["memories"][0]["text"] for result in recalled if result.structured_content]
    assert texts == [f"note {number}" for number in range(6)]
    assert [method for method, _ in balancer.sent].count("initialize") == 1
    assert len(balancer.sessions) == 1
    assert len({port for method, port in balancer.sent if method == "tools/call"}) == 2


@pytest.mark.anyio
async def test_an_older_client_works_on_through_a_restart(own_doors: Doors) -> None:
    """E14: it calls again in its session, and does not have to say initialize to the new process."""
    connection = own_doors.person().connect()
    balancer = Balancer(connection.mcp_url)
    async with (
        httpx2.AsyncClient(headers=connection.headers, transport=balancer) as http,
        Client(streamable_http_client(connection.mcp_url, http_client=http), mode="legacy") as client,
    ):
        await client.call_tool("memory_store", {"text": "before", "key": "restart"})
        own_doors.stop_resource()
        own_doors.start_resource()
        recalled = await client.call_tool("memory_recall", {"key": "restart"})
    assert recalled.structured_content is not None
    assert recalled.structured_content["memories"][0]["text"] == "before"
    assert [method for method, _ in balancer.sent].count("initialize") == 1
    assert len(balancer.sessions) == 1


def test_the_stream_may_lie_at_one_server_and_the_calls_go_to_the_other(here: Connection, there: Connection) -> None:
    """MCP 2025-11-25, streamable HTTP: the stream stays open and the calls are answered."""
    session = open_session(here)
    with event_stream(there, session) as stream:
        assert stream.status_code == 200
        assert [status_in(one, session) for one in (here, there, here)] == [200, 200, 200]
        with event_stream(here, session) as another:
            assert another.status_code == 200


def test_a_session_ended_at_one_is_gone_at_the_other(here: Connection, there: Connection) -> None:
    """AS-106: 404 with the very next request, and the stream there closes."""
    session = open_session(here)
    with event_stream(there, session) as stream:
        assert end_session(here, session).status_code == 204
        assert status_in(there, session) == 404
        assert end_session(there, session).status_code == 404
        assert closes_silently(stream)


def test_an_ended_session_stays_ended_at_a_server_that_starts_later(first: Doors, here: Connection) -> None:
    """AS-106: the tombstone is in the data folder."""
    session = open_session(here)
    end_session(here, session)
    with replica(first) as third:
        assert status_in(at(third, here), session) == 404


def test_an_apps_limit_counts_over_both(here: Connection, there: Connection) -> None:
    """Its oldest session ends, wherever the newest was opened, and the stream of the oldest closes."""
    oldest = open_session(here)
    with event_stream(there, oldest) as stream:
        others = [open_session(here), open_session(there), open_session(here)]
        assert [status_in(one, oldest) for one in (here, there)] == [404, 404]
        assert closes_silently(stream)
    assert [status_in(here, session) for session in others] == [200] * PER_APP


def test_a_persons_limit_counts_over_both(person: Person, here: Connection, there: Connection, second: str) -> None:
    """An app that comes when others hold everything goes on without a session, and ends none of theirs."""
    held = [open_session(one) for one in (here, there, here)]
    other = at(second, person.connect())
    others = open_session(other)
    for late in (person.connect(), at(second, person.connect())):
        answered = late.post(initialize(), Accept=BOTH_KINDS)
        assert answered.status_code == 200
        assert "mcp-session-id" not in answered.headers
    assert [status_in(there, session) for session in held] == [200] * PER_APP
    assert status_in(other, others) == 200


def test_sessions_opened_at_both_at_once_keep_the_limit(here: Connection, there: Connection) -> None:
    """However many arrive at the same moment, as many live as one app may hold."""
    with ThreadPoolExecutor(8) as pool:
        sessions = list(pool.map(open_session, [here, there] * 6))
    live = [session for session in sessions if status_in(here, session) == 200]
    assert len(live) == PER_APP
    assert [status_in(there, session) for session in live] == [200] * PER_APP


def test_a_session_expires_at_both(here: Connection, there: Connection) -> None:
    """404, and its stream closes before the token of the request that opened it ends."""
    session = open_session(here)
    with event_stream(there, session) as stream, time_machine.travel(now() + timedelta(seconds=LIFETIME + 1)):
        assert [status_in(one, session) for one in (here, there)] == [404, 404]
        assert closes_silently(stream)
        assert here.post(request("tools/list")).status_code == 200


def test_a_revoked_grant_closes_the_streams_at_both(first: Doors, here: Connection, there: Connection) -> None:
    """AS-116: each server hears the change feed for itself."""
    session = open_session(here)
    with event_stream(here, session) as one, event_stream(there, session) as other:
        first.revoke(here)
        for stream in (one, other):
            assert closes_silently(stream)
    assert [status_in(connection, session) for connection in (here, there)] == [401, 401]


def test_what_one_server_saved_the_other_finds_at_once(here: Connection, there: Connection) -> None:
    """Both hold the vault open, and neither answers from what it remembers."""
    answer(there, "memory_stats")
    saved = answer(here, "memory_store", text="The kayak is in the boathouse.", key="kayak")
    assert answer(there, "search", query="boathouse")["results"][0]["id"] == saved["id"]
    answer(there, "memory_update", id=saved["id"], text="The kayak is in the garage.")
    assert answer(here, "fetch", id=saved["id"])["text"] == "The kayak is in the garage."
    assert answer(here, "memory_search", query="boathouse")["results"] == []
    answer(here, "memory_delete", id=saved["id"])
    assert answer(there, "memory_recall", key="kayak")["memories"] == []


def test_writes_to_both_at_once_lose_nothing(here: Connection, there: Connection) -> None:
    """The first writes of a new person too, when both servers make the vault."""
    texts = [secrets.token_hex(8) for _ in range(24)]

    def save(number: int) -> None:
        answer((here, there)[number % 2], "memory_store", text=texts[number], tags=[f"n{number}"])

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(save, range(len(texts))))
    for connection in (here, there):
        listed = answer(connection, "memory_list", limit=50)["memories"]
        assert sorted(memory["text"] for memory in listed) == sorted(texts)


def test_one_key_written_at_both_at_once_is_one_memory(here: Connection, there: Connection) -> None:
    """The later write replaces the earlier one, whichever server took it."""

    def save(number: int) -> None:
        answer((here, there)[number % 2], "memory_store", text=f"version {number}", key="one")

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(save, range(12)))
    held = [answer(connection, "memory_recall", key="one")["memories"] for connection in (here, there)]
    assert held[0] == held[1]
    assert len(held[0]) == 1
    assert answer(here, "memory_stats")["total"] == 1
