"""Conversations that are open at once: whoever opens many closes their own, and nobody else's."""

from collections.abc import Iterator

import pytest

from tests.doors import Doors, wait_until
from tests.gateway.conftest import BARE, Behind
from tests.gateway.test_tools import answered, holder, names
from tests.key_holders import KeyHolder
from tests.mcp_messages import modern_headers, modern_request


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    """Doors behind which a server has three processes at most."""
    doors = Doors(tmp_path_factory.mktemp("narrow"), upstream_processes_per_server=3)
    doors.start_auth()
    doors.start_resource()
    yield doors
    doors.close()


def test_an_app_that_begins_many_conversations_ends_nobody_elses(narrow: Doors) -> None:
    """An older server is told once what an app can do, so an app that can do something else begins another."""
    behind = Behind(narrow)
    behind.stdio("bare", BARE)
    one, many = holder(narrow), holder(narrow)
    for app in (one, many):
        wait_until(lambda app=app: "bare__process" in names(app))
    before = answered(one, "bare__process")["structuredContent"]["process"]
    others = {process_of(many, able=number) for number in range(4)}
    assert len(others) == 4
    assert answered(one, "bare__process")["structuredContent"]["process"] == before
    behind.close()


def process_of(app: KeyHolder, *, able: int) -> int:
    """The process that answers an app which can do this."""
    able_to = {"io.modelcontextprotocol/clientCapabilities": {"experimental": {f"able-{able}": {}}}}
    message = modern_request("tools/call", {"name": "bare__process", "arguments": {}}, **able_to)
    answer = app.post(message, **modern_headers("tools/call", "bare__process")).json()
    found: int = answer["result"]["structuredContent"]["process"]
    return found
