"""How many MCP sessions an app and a person may hold, and what happens beyond: nobody pays for another's flood."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.doors import Doors, Person
from tests.mcp_messages import BOTH_KINDS, initialize, request
from tests.mcp_sessions import closes_silently, event_stream, open_session, status_in

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


def test_an_apps_flood_ends_its_own_oldest_sessions_alone(person: Person) -> None:
    """However often one app says initialize, the session of another goes on."""
    flooding, quiet = person.connect(), person.connect()
    kept = open_session(quiet)
    sessions = [open_session(flooding) for _ in range(6)]
    assert [status_in(flooding, session) for session in sessions] == [404] * 4 + [200] * 2
    assert status_in(quiet, kept) == 200


def test_the_stream_of_a_session_that_had_to_end_closes(person: Person) -> None:
    """It is not left open until its token expires."""
    connection = person.connect()
    with event_stream(connection, open_session(connection)) as stream:
        for _ in range(PER_APP):
            open_session(connection)
        assert closes_silently(stream)


def test_an_app_that_finds_the_person_at_the_limit_goes_on_without_a_session(person: Person) -> None:
    """A session is offered, not demanded; no other app loses one for it."""
    first, second, late = (person.connect() for _ in range(3))
    held = [(first, open_session(first)), (first, open_session(first)), (second, open_session(second))]
    answer = late.post(initialize(), Accept=BOTH_KINDS)
    assert answer.status_code == 200
    assert '"serverInfo"' in answer.text
    assert "mcp-session-id" not in answer.headers
    assert late.post(request("tools/list")).json()["result"]["tools"]
    assert [status_in(connection, session) for connection, session in held] == [200] * 3


def test_at_the_persons_limit_an_app_may_replace_its_own(person: Person) -> None:
    """An app below its own limit gives up its oldest, since nobody else's may end."""
    first, second = person.connect(), person.connect()
    held = [open_session(first), open_session(first)]
    replaced, replacing = open_session(second), open_session(second)
    assert [status_in(first, session) for session in held] == [200, 200]
    assert [status_in(second, session) for session in (replaced, replacing)] == [404, 200]


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
