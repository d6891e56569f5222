"""Every way a connection fails at the MCP server explains itself, on the wire and in the log."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from shared.refusals import Reason, Step
from tests.doors import Doors, Person
from tests.key_holders import key_of
from tests.loopback import LOOPBACK
from tests.refusals.calling import PING, WAYS
from tests.refusals.ways import Way, assert_explained
from tests.single_port_doors import SinglePortDoors

HEADER_OF_OURS = "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6IngifQ"


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[SinglePortDoors]:
    """The MCP server at one port, without the authorization server that should stand behind it."""
    doors = SinglePortDoors(tmp_path)
    doors.start_resource(until_fresh=False)
    yield doors
    doors.close()


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[Doors]:
    """Both servers, at which a credential is good for two requests an hour."""
    doors = Doors(tmp_path, rate_limit_requests=2, rate_limit_window=3600)
    doors.start_auth()
    doors.start_resource()
    yield doors
    doors.close()


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_refused_call_says_what_to_change_and_one_line_names_the_step(way: Way, mary: Person) -> None:
    """RFC 6750 §3, RFC 9728 §5.1; MCP, streamable HTTP."""
    assert_explained(way, mary)


def call(doors: Doors) -> httpx2.Response:
    headers = {"Authorization": f"Bearer {HEADER_OF_OURS}.e30.c2ln"}
    return httpx2.post(doors.mcp_url, json=PING, headers=headers, **LOOPBACK)


def sign_in(doors: Doors) -> httpx2.Response:
    return httpx2.get(f"{doors.origin}/login", **LOOPBACK)


@pytest.mark.parametrize(
    "way",
    [
        Way(Step.CALL, Reason.AUTH_SERVER_UNREACHABLE, 503, "Try again soon", call),
        Way(Step.REACH, Reason.AUTH_SERVER_UNREACHABLE, 503, "Try again in a moment", sign_in),
    ],
    ids=str,
)
def test_while_the_authorization_server_is_silent_everything_is_put_off(way: Way, alone: SinglePortDoors) -> None:
    """AS-49: 503, never a 401 that makes an app throw its token away."""
    assert_explained(way, alone)


def call_often(doors: Doors) -> httpx2.Response:
    key = key_of(doors.person())
    assert [key.status() for _ in range(2)] == [200, 200]
    return key.post(PING)


def test_too_many_requests_are_told_how_long_to_wait(strict: Doors) -> None:
    """RFC 6585 §4, M17."""
    way = Way(Step.CALL, Reason.TOO_MANY_REQUESTS, 429, "then go on more slowly", call_often, has_client=True)
    assert_explained(way, strict)
