"""A running server sees at once what is changed of the servers behind it, and what is left of them ends."""

import os
from typing import Any

import pytest

from tests.doors import Doors, wait_until
from tests.gateway.conftest import BARE, Behind
from tests.gateway.test_tools import answered, holder, names
from tests.key_holders import KeyHolder, key_row


def seen(app: KeyHolder) -> dict[str, Any]:
    """The headers that the server gets."""
    found: dict[str, Any] = answered(app, "fix__seen_headers")["structuredContent"]
    return found


def is_running(pid: int) -> bool:
    """Whether there is a process of that number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_other_headers_go_with_the_next_call(doors: Doors, behind: Behind, upstream_url: str) -> None:
    server = behind.http("fix", upstream_url, secrets={"X-Key": "old"})
    app = holder(doors)
    assert seen(app)["x-key"] == "old"
    behind.upstreams.send(server, {"X-Key": "new"})
    assert seen(app)["x-key"] == "new"


def test_a_credential_that_is_entered_anew_or_forgotten_counts_from_the_next_call(
    doors: Doors, behind: Behind, upstream_url: str
) -> None:
    server = behind.http("fix", upstream_url, asks=("X-Key",))
    app = holder(doors)
    user_id = key_row(doors, app.id).user_id
    for value in ("first", "second"):
        behind.upstreams.enter(server, user_id, {"X-Key": value})
        assert seen(app)["x-key"] == value
    behind.upstreams.forget(server, user_id)
    assert "connect fix first" in answered(app, "fix__seen_headers")["content"][0]["text"]
    assert names(app) == []


@pytest.mark.parametrize("way", ["remove", "switch"])
def test_a_process_ends_when_its_server_is_removed_or_switched_off(doors: Doors, behind: Behind, way: str) -> None:
    server = behind.stdio("fix", BARE)
    app = holder(doors)
    wait_until(lambda: names(app))
    pid = answered(app, "fix__process")["structuredContent"]["process"]
    assert is_running(pid)
    if way == "remove":
        behind.upstreams.remove(server.id)
    else:
        behind.upstreams.switch(server.id, is_enabled=False)
    assert answered(app, "fix__process")["isError"] is True
    assert names(app) == []
    wait_until(lambda: not is_running(pid))


def test_a_server_that_was_mended_is_tried_at_once(doors: Doors, behind: Behind, upstream_url: str) -> None:
    server = behind.http("fix", "http://127.0.0.1:9/mcp")
    app = holder(doors)
    for _ in range(4):
        assert answered(app, "fix__add", one=1, two=1)["isError"] is True
    behind.remake(server, upstream_url)
    assert answered(app, "fix__add", one=1, two=1)["structuredContent"] == {"result": 2}
