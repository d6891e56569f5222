"""A head that was let in once is let in again for the same bytes alone; whose it is, is asked each time."""

from collections.abc import Sequence

import httpx2
import pytest

from auth_server.keys.api_keys import revoke_key
from auth_server.models import ApiKey
from tests.doors import Connection, Doors, Person, wait_until
from tests.key_holders import KeyHolder, auth_session, key_of
from tests.loopback import LOOPBACK
from tests.mcp_messages import modern_headers, modern_request

PING = modern_request("server/discover", {})
Fields = Sequence[tuple[str, str]]


def head_of(app: Connection | KeyHolder) -> list[tuple[str, str]]:
    """The fields of a request of the newest revision."""
    return [*app.headers.items(), *modern_headers("server/discover").items()]


@pytest.fixture
def known(mary: Person) -> list[tuple[str, str]]:
    """The head of an app that was let in twice, and the address that it asks."""
    app = mary.connect("memory:read")
    head = head_of(app)
    assert [status(app, head) for _ in range(2)] == [200, 200]
    return head


@pytest.fixture
def address(known: Fields, doors: Doors) -> str:  # noqa: ARG001 (what is asked there is known)
    """Where the head is known."""
    return doors.mcp_url


def status(app: Connection | KeyHolder | str, head: Fields, path: str = "") -> int:
    """Of a request with just these fields beside those of HTTP itself."""
    url = app if isinstance(app, str) else app.mcp_url
    return httpx2.post(f"{url}{path}", json=PING, headers=list(head), **LOOPBACK).status_code


@pytest.mark.parametrize(
    ("field", "refused"),
    [
        (("Host", "memory.evil.example"), 421),
        (("Origin", "https://evil.example"), 403),
        (("X-User-ID", "usr_somebody_else"), 403),
        (("X-API-Key", "another-credential"), 401),
        (("Authorization", "Bearer another"), 401),
        (("Mcp-Method", "tools/list"), 400),
    ],
)
def test_one_more_field_is_another_head(
    known: list[tuple[str, str]], address: str, field: tuple[str, str], refused: int
) -> None:
    assert status(address, [*known, field]) == refused
    assert status(address, known) == 200


def test_another_accept_is_another_head(known: list[tuple[str, str]], address: str) -> None:
    others = [one for one in known if one[0] != "Accept"]
    assert status(address, [*others, ("Accept", "text/html")]) == 406
    assert status(address, others) == 200


def test_a_token_in_the_query_is_refused_beside_a_good_one(known: list[tuple[str, str]], address: str) -> None:
    assert status(address, known, "?access_token=x") == 401
    assert status(address, known, "?page=1") == 200


@pytest.mark.parametrize("field", ["User-Agent", "Traceparent", "X-Request-Id"])
def test_what_nobody_judges_makes_no_other_head(known: list[tuple[str, str]], address: str, field: str) -> None:
    assert [status(address, [*known, (field, value)]) for value in ("one", "two")] == [200, 200]


def test_whoever_is_known_by_head_is_refused_once_the_grant_has_ended(mary: Person, doors: Doors) -> None:
    app = mary.connect("memory:read")
    head = head_of(app)
    assert [status(app, head) for _ in range(2)] == [200, 200]
    doors.revoke(app)
    wait_until(lambda: status(app, head) == 401)


def test_a_key_known_by_head_is_refused_once_it_is_revoked(doors: Doors) -> None:
    app = key_of(doors.person())
    head = head_of(app)
    assert [status(app, head) for _ in range(2)] == [200, 200]
    with auth_session(doors) as session:
        revoke_key(session, session.get_one(ApiKey, app.id))
    wait_until(lambda: status(app, head) == 401)


def test_answers_to_a_head_that_is_known_carry_what_every_answer_does(known: Fields, address: str) -> None:
    answer = httpx2.post(address, json=PING, headers=list(known), **LOOPBACK)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
