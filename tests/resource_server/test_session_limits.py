"""How many MCP sessions an app and a person may hold, and what happens beyond: nobody pays for another's flood."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest

from tests.doors import Connection, Doors, Person
from tests.loopback import LOOPBACK
from tests.mcp_messages import BOTH_KINDS, initialize, request

PER_APP, PER_PERSON = 2, 3


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    """Both servers, the limits small."""
    folder = tmp_path_factory.mktemp("few")
    doors = Doors(folder, sessions_per_app=PER_APP, sessions_per_user=PER_PERSON)
    doors.start_auth()
    doors.start_resource()
    yield doors
    doors.close()


@pytest.fixture
def person(few: Doors) -> Person:
    """Somebody who holds no session yet."""
    return few.person()


def opened(connection: Connection) -> dict[str, str]:
    """The header of a new session."""
    answer = connection.post(initialize(), Accept=BOTH_KINDS)
    return {"Mcp-Session-Id": answer.headers["mcp-session-id"]}


def status(connection: Connection, session: dict[str, str]) -> int:
    """The status of a ping in the session."""
    return connection.post(request("ping"), **session).status_code


@contextmanager
def event_stream(connection: Connection, session: dict[str, str]) -> Iterator[httpx2.Response]:
    """The GET stream of the session."""
    headers = connection.headers | session | {"Accept": "text/event-stream"}
    with (
        httpx2.Client(**LOOPBACK, timeout=10) as client,
        client.stream("GET", connection.mcp_url, headers=headers) as stream,
    ):
        assert stream.status_code == 200
        yield stream


def test_an_apps_flood_ends_its_own_oldest_sessions_alone(person: Person) -> None:
    """However often one app says initialize, the session of another goes on."""
    flooding, quiet = person.connect(), person.connect()
    kept = opened(quiet)
    sessions = [opened(flooding) for _ in range(6)]
    assert [status(flooding, session) for session in sessions] == [404] * 4 + [200] * 2
    assert status(quiet, kept) == 200


def test_the_stream_of_a_session_that_had_to_end_closes(person: Person) -> None:
    """It is not left open until its token expires."""
    connection = person.connect()
    with event_stream(connection, opened(connection)) as stream:
        for _ in range(PER_APP):
            opened(connection)
        assert not any(line.startswith("data:") for line in stream.iter_lines())


def test_an_app_that_finds_the_person_at_the_limit_goes_on_without_a_session(person: Person) -> None:
    """A session is offered, not demanded; no other app loses one for it."""
    first, second, late = (person.connect() for _ in range(3))
    held = [(first, opened(first)), (first, opened(first)), (second, opened(second))]
    answer = late.post(initialize(), Accept=BOTH_KINDS)
    assert answer.status_code == 200
    assert '"serverInfo"' in answer.text
    assert "mcp-session-id" not in answer.headers
    assert late.post(request("tools/list")).json()["result"]["tools"]
    assert [status(connection, session) for connection, session in held] == [200] * 3


def test_at_the_persons_limit_an_app_may_replace_its_own(person: Person) -> None:
    """An app below its own limit gives up its oldest, since nobody else's may end."""
    first, second = person.connect(), person.connect()
    held = [opened(first), opened(first)]
    replaced, replacing = opened(second), opened(second)
    assert [status(first, session) for session in held] == [200, 200]
    assert [status(second, session) for session in (replaced, replacing)] == [404, 200]


@pytest.mark.parametrize(
    "params",
    [{"protocolVersion": 5}, {"protocolVersion": []}, {"capabilities": []}, {"clientInfo": "x"}],
    ids=str,
)
def test_an_initialize_that_fails_opens_no_session(few: Doors, person: Person, params: dict[str, Any]) -> None:
    """What was answered with an error leaves nothing behind."""
    before = few.health()["mcp_sessions"]
    answer = person.connect().post(request("initialize", params))
    assert "error" in answer.json()
    assert "mcp-session-id" not in answer.headers
    assert few.health()["mcp_sessions"] == before
