"""Servers whose tools are looked for, and a program that reaches them: the fixtures `office_url` and `app`."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.doors import Connection, Doors, wait_until
from tests.gateway.conftest import Behind
from tests.gateway.office_server import office_app
from tests.gateway.test_tools import EVERYTHING, names
from tests.key_holders import KeyHolder, key_of, structured
from tests.servers import serving

MEMORY = {"type": "memory", "actions": ["read", "write"], "namespaces": ["*"]}
LEDGER = {"type": "tools", "sets": ["memory", "history"]}


@pytest.fixture(scope="session")
def office_url() -> Iterator[str]:
    """Mail, appointments and files."""
    with serving(office_app()) as origin:
        yield f"{origin}/mcp"


@pytest.fixture
def app(doors: Doors, behind: Behind, office_url: str, upstream_url: str) -> KeyHolder:
    """It reaches two servers, and memories."""
    behind.http("office", office_url)
    behind.http("fix", upstream_url)
    program = key_of(doors.person(), scope="memory:read gateway:call", details=[EVERYTHING, MEMORY, LEDGER])
    wait_until(lambda: {"office__shred", "fix__add"} <= set(names(program)))
    return program


def searched(app: KeyHolder | Connection, query: str, **more: Any) -> list[dict[str, Any]]:
    """What a search finds."""
    found: list[dict[str, Any]] = structured(app.call("tools_search", query=query, **more))["tools"]
    return found
