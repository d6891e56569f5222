"""Doors with little patience, and a server that does what it should not, by every way there is: the fixtures of it."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.doors import Doors, wait_until
from tests.gateway.conftest import ROGUE, Behind
from tests.gateway.rogue_http import Rogue
from tests.gateway.test_tools import holder, names
from tests.key_holders import KeyHolder
from tests.servers import serving

CALL_SECONDS, BUSY_SECONDS = 2.0, 0.5
SOON = 9.0
"""Seconds within which every call is over on a machine that is busy, though its server hangs."""

HTTP = ("modern", "old", "json")
WAYS = (*HTTP, "sse", "stdio")


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    """Doors with little patience and little room."""
    doors = Doors(
        tmp_path_factory.mktemp("hasty"),
        upstream_call_seconds=CALL_SECONDS,
        upstream_busy_seconds=BUSY_SECONDS,
        upstream_calls_per_person_and_server=3,
        upstream_calls_per_person=4,
        upstream_calls_per_server=5,
        upstream_calls=6,
        upstream_max_result=1024 * 1024,
    )
    doors.start_auth()
    doors.start_resource()
    yield doors
    doors.close()


@pytest.fixture
def servers(hasty: Doors) -> Iterator[Behind]:
    """Servers behind these."""
    behind = Behind(hasty)
    yield behind
    behind.close()


@pytest.fixture
def rogue() -> Iterator[tuple[Rogue, str]]:
    """The server that does what it should not, and its origin."""
    one = Rogue()
    with serving(one.app()) as origin:
        yield one, origin


def add(servers: Behind, way: str, origin: str, name: str = "bad", **more: object) -> None:
    """That server, by one of its ways."""
    if way == "stdio":
        servers.stdio(name, ROGUE, **more)
    elif way == "sse":
        servers.sse(name, f"{origin}/sse", **more)
    else:
        servers.http(name, f"{origin}/{way}", **more)


def said(app: KeyHolder, tool: str, nonce: str = "n1", server: str = "bad") -> tuple[bool, str]:
    """Whether a call came out well, and its text."""
    answer = app.call(f"{server}__{tool}", nonce=nonce).json()
    if "error" in answer:
        return False, answer["error"]["message"]
    result: dict[str, Any] = answer["result"]
    return not result.get("isError", False), result["content"][0]["text"]


def ready(hasty: Doors) -> KeyHolder:
    """An app that sees the server's tools."""
    app = holder(hasty)
    wait_until(lambda: "bad__echo" in names(app))
    return app


@pytest.fixture
def app(hasty: Doors, servers: Behind, rogue: tuple[Rogue, str], way: str) -> KeyHolder:
    """An app that sees the server's tools, for a test of some of its ways: `parametrize("way", …)`."""
    add(servers, way, rogue[1])
    return ready(hasty)
