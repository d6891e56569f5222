"""Two real people, and two grants of one person, at the real processes: none sees what is another's, by any door.

The doors are not listed here: every tool is tried with every argument its schema has, so that a tool of tomorrow is
tried too.
"""

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from tests.doors import Connection
from tests.e2e.writers import structured
from tests.installation import Installation
from tests.loopback import LOOPBACK

pytestmark = pytest.mark.xdist_group("installation")

SECRET = "The heron nests behind the boathouse"
KEY = "heron-place"
NAMESPACE = "birds"
SEARCHED = {"query": "heron boathouse", "key": KEY, "text": "overwritten", "namespace": NAMESPACE}
CALLS_AT_ONCE = 8
ROUNDS = 12


@dataclass(frozen=True)
class Treasure:
    """What must stay hidden: a memory, the app that may see it, and everything that names it."""

    owner: Connection
    memory: dict[str, Any]

    def is_untouched(self) -> bool:
        """Whether the memory is what it was."""
        found = structured(self.owner.call("memory_recall", key=KEY, namespace=NAMESPACE))
        return bool(found["memories"] == [self.memory])

    def values(self) -> dict[str, list[Any]]:
        """What a thief would put into an argument of each name."""
        guessed = {name: [value] for name, value in SEARCHED.items()}
        return guessed | {"id": [self.memory["id"]], "cursor": [self.memory["id"], KEY, NAMESPACE]}


@pytest.fixture(
    scope="module",
    params=["another person", "another grant of the same person", "a namespace of that name that others share"],
)
def thief_and_treasure(request: pytest.FixtureRequest, installation: Installation) -> tuple[Connection, Treasure]:
    """A memory in `birds`, and an app that may do everything, but not there."""
    owner = installation.person()
    is_shared = request.param == "a namespace of that name that others share"
    if is_shared:
        member = installation.person()
        installation.run("memory", "share", "create", NAMESPACE, "--owner", owner.email)
        installation.run("memory", "share", "add", NAMESPACE, member.email, "--role", "writer")
    app = owner.connect(read=("*",), write=("*",))
    structured(app.call("memory_store", text=SECRET, key=KEY, namespace=NAMESPACE, tags=["heron"]))
    (memory,) = structured(app.call("memory_recall", key=KEY))["memories"]
    if is_shared:
        thief = installation.person().connect(read=("*",), write=("*",))
        structured(thief.call("memory_store", text="My birds are chickens", key=KEY, namespace=NAMESPACE))
        return thief, Treasure(app, memory)
    if request.param == "another person":
        return installation.person().connect(read=("*",), write=("*",)), Treasure(app, memory)
    return owner.connect(), Treasure(app, memory)


def attempts(schema: dict[str, Any], values: dict[str, list[Any]]) -> Iterator[dict[str, Any]]:
    """Every subset of a tool's arguments for which the thief knows something."""
    names = [name for name in schema.get("properties", {}) if name in values]
    for size in range(len(names) + 1):
        for chosen in itertools.combinations(names, size):
            yield from (
                dict(zip(chosen, combination, strict=True))
                for combination in itertools.product(*(values[name] for name in chosen))
            )


def test_no_tool_with_any_arguments_shows_or_changes_it(thief_and_treasure: tuple[Connection, Treasure]) -> None:
    thief, treasure = thief_and_treasure
    tools = thief.post({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}).json()["result"]["tools"]
    assert len(tools) >= 8
    tried = 0
    for tool in tools:
        for arguments in attempts(tool["inputSchema"], treasure.values()):
            answer = thief.call(tool["name"], **arguments)
            assert answer.status_code < 500, answer.text
            assert SECRET not in answer.text, (tool["name"], arguments)
            if "id" in arguments:
                assert answer.json()["result"]["isError"], (tool["name"], arguments)
            tried += 1
    assert tried > len(tools)
    assert treasure.is_untouched()


def test_its_session_serves_nobody_else(thief_and_treasure: tuple[Connection, Treasure]) -> None:
    """AS-106: POST, GET and DELETE with the other's session id are answered as if it never was."""
    thief, treasure = thief_and_treasure
    hello = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "a", "version": "1"}}
    opened = treasure.owner.post({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello})
    session = opened.headers["mcp-session-id"]
    for method in ("POST", "GET", "DELETE"):
        headers = thief.headers | {"Mcp-Session-Id": session, "Accept": "application/json, text/event-stream"}
        body = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"} if method == "POST" else None
        answer = httpx2.request(method, thief.mcp_url, headers=headers, json=body, **LOOPBACK)
        assert answer.status_code == 404
        assert SECRET not in answer.text
    listing = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}
    assert treasure.owner.post(listing, Mcp_Session_Id=session).status_code == 200


def test_many_calls_at_once_are_not_mixed_up(installation: Installation) -> None:
    """Everybody asks at the same moment, again and again, on shared threads and connections."""
    apps = [installation.person().connect() for _ in range(4)]
    for number, app in enumerate(apps):
        structured(app.call("memory_store", text=f"secret of person {number}", key="mine"))

    def own_memories(number: int) -> bool:
        app = apps[number % len(apps)]
        found = structured(app.call("memory_recall", key="mine"))["memories"]
        return [memory["text"] for memory in found] == [f"secret of person {number % len(apps)}"]

    with ThreadPoolExecutor(CALLS_AT_ONCE) as crowd:
        assert all(crowd.map(own_memories, range(CALLS_AT_ONCE * ROUNDS)))
