"""One session, two grants of the same app and person: what is said to one never reaches the other (AS-117).

Inside a session answers are told apart by ids that clients choose, and two clients may choose the same.
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx2
import pytest

from tests.doors import Connection, Person
from tests.loopback import LOOPBACK
from tests.mcp_messages import BOTH_KINDS, request
from tests.mcp_sessions import closes_silently, end_session, event_stream, open_session, status_in
from tests.resource_server.test_busy_vaults import locked_by_another

WORK = ("personal", "work")
SAME_ID = "the same"


@pytest.fixture(scope="module")
def grants(mary: Person) -> tuple[Connection, Connection]:
    """A wide and a narrow one, of one app."""
    client_id = mary.doors.register()
    return mary.connect(read=WORK, write=WORK, client_id=client_id), mary.connect(client_id=client_id)


@pytest.fixture
def session(grants: tuple[Connection, Connection]) -> dict[str, str]:
    """Opened with the wide grant; both may use it."""
    return open_session(grants[0])


def store(namespace: str, request_id: int | str = SAME_ID) -> dict[str, Any]:
    """A call that waits while the vault is locked."""
    return request(
        "tools/call", {"name": "memory_store", "arguments": {"text": "x", "namespace": namespace}}, request_id
    )


@contextmanager
def in_flight(connection: Connection, session: dict[str, str], message: dict[str, Any]) -> Iterator[httpx2.Response]:
    """The stream that will carry the answer; it opens before there is one."""
    headers = connection.headers | session | {"Accept": BOTH_KINDS}
    with (
        httpx2.Client(**LOOPBACK, timeout=20) as client,
        client.stream("POST", connection.mcp_url, json=message, headers=headers) as stream,
    ):
        yield stream


def answers(stream: httpx2.Response) -> list[dict[str, Any]]:
    """All messages of a stream, to its end."""
    return [json.loads(line[5:]) for line in stream.iter_lines() if line.startswith("data:")]


def saved_in(stream: httpx2.Response) -> list[str]:
    """The namespaces that the answers of a stream speak of."""
    return [answer["result"]["structuredContent"]["namespace"] for answer in answers(stream)]


def cancel(request_id: int | str) -> dict[str, Any]:
    """A notification that the answer is not wanted any more."""
    return {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": request_id}}


def test_two_grants_that_use_one_id_at_once_each_get_their_own_answer(
    mary: Person, grants: tuple[Connection, Connection], session: dict[str, str]
) -> None:
    """AS-117 (RFC 9396 §9): what the wide grant reaches is not told to the narrow one, nor the other way round."""
    wide, narrow = grants
    with ExitStack() as streams:
        with locked_by_another(wide, mary):
            of_wide = streams.enter_context(in_flight(wide, session, store("work")))
            of_narrow = streams.enter_context(in_flight(narrow, session, store("personal")))
        assert saved_in(of_wide) == ["work"]
        assert saved_in(of_narrow) == ["personal"]


@pytest.mark.parametrize("second", [7, "7"], ids=repr)
def test_an_id_that_is_not_answered_yet_is_not_taken_twice(
    mary: Person, grants: tuple[Connection, Connection], session: dict[str, str], second: int | str
) -> None:
    """MCP, base protocol, requests: the second is -32600, and the first is answered as if it had not been."""
    wide, _ = grants
    with ExitStack() as streams:
        with locked_by_another(wide, mary):
            first = streams.enter_context(in_flight(wide, session, store("work", 7)))
            refused = wide.post(store("personal", second), **session)
        assert refused.status_code == 400
        assert refused.json()["error"]["code"] == -32600
        assert refused.json()["id"] == second
        assert saved_in(first) == ["work"]
    assert wide.post(request("ping", request_id=second), **session).json()["result"] == {}


def test_a_client_that_knows_one_id_only_is_served(
    grants: tuple[Connection, Connection], session: dict[str, str]
) -> None:
    """An id is free again the moment its answer can be read, in either form."""
    with httpx2.Client(**LOOPBACK, headers=grants[0].headers | session) as client:
        for number in range(40):
            accept = BOTH_KINDS if number % 2 else "application/json"
            headers = {"Accept": accept}
            with client.stream("POST", grants[0].mcp_url, json=request("ping"), headers=headers) as stream:
                text = next(line for line in stream.iter_lines() if "jsonrpc" in line)
            assert json.loads(text.removeprefix("data:")).get("result") == {}


def test_nobody_cancels_a_call_of_another_grant(
    mary: Person, grants: tuple[Connection, Connection], session: dict[str, str]
) -> None:
    """MCP, cancellation: a notification names requests of who sends it."""
    wide, narrow = grants
    with ExitStack() as streams:
        with locked_by_another(wide, mary):
            of_wide = streams.enter_context(in_flight(wide, session, store("work")))
            assert narrow.post(cancel(SAME_ID), **session).status_code == 202
        assert saved_in(of_wide) == ["work"]


def test_each_grant_has_its_own_stream_and_all_close_with_the_session(
    grants: tuple[Connection, Connection], session: dict[str, str]
) -> None:
    """MCP, session management: DELETE with one grant ends what the session has open with the other too."""
    wide, narrow = grants
    with event_stream(wide, session) as of_wide, event_stream(narrow, session) as of_narrow:
        assert (of_wide.status_code, of_narrow.status_code) == (200, 200)
        assert end_session(narrow, session).status_code == 204
        assert closes_silently(of_wide)
        assert closes_silently(of_narrow)
    assert (status_in(wide, session), status_in(narrow, session)) == (404, 404)


def test_no_request_takes_the_place_of_the_stream(
    grants: tuple[Connection, Connection], session: dict[str, str]
) -> None:
    """The one id that the SDK uses itself, beside those of clients."""
    with event_stream(grants[0], session):
        answer = grants[0].post(request("ping", request_id="_GET_stream"), **session)
    assert answer.json()["error"]["code"] == -32600
