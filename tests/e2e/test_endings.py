"""A server that is asked to end does so at once, even while somebody waits for news from it, and says nothing odd."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from cli.serve import GRACE_SECONDS
from tests.doors import wait_until
from tests.installation import Installation
from tests.loopback import LOOPBACK


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Installation]:
    """Both servers, to be ended by the test."""
    with Installation(tmp_path) as running:
        yield running


def seconds_to_end(place: Installation, name: str) -> float:
    """From SIGTERM to the end of the process."""
    began = time.monotonic()
    place.processes[name].terminate()
    assert place.processes[name].wait(3 * GRACE_SECONDS) in (0, -signal.SIGTERM)
    return time.monotonic() - began


def test_the_authorization_server_ends_while_the_change_feed_waits(place: Installation) -> None:
    assert seconds_to_end(place, "auth") < GRACE_SECONDS
    assert "Traceback" not in place.log_file("auth").read_text()


def test_the_feed_goes_on_when_the_authorization_server_is_back(place: Installation) -> None:
    app = place.person().connect()
    assert app.call("memory_stats").status_code == 200
    seconds_to_end(place, "auth")
    place.start("auth")
    place.wait_until_ready()
    form = {"token": app.access_token, "client_id": app.client_id}
    assert httpx2.post(f"{place.issuer}/revoke", data=form, **LOOPBACK).status_code == 200
    wait_until(lambda: app.call("memory_stats").status_code == 401)


def test_the_mcp_server_ends_while_a_stream_is_open(place: Installation) -> None:
    app = place.person().connect()
    hello = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "a", "version": "1"}}
    opened = app.post({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello})
    headers = app.headers | {"Mcp-Session-Id": opened.headers["mcp-session-id"], "Accept": "text/event-stream"}
    with httpx2.stream("GET", app.mcp_url, headers=headers, **LOOPBACK) as stream:
        assert stream.status_code == 200
        assert seconds_to_end(place, "mcp") < GRACE_SECONDS
    assert "Traceback" not in place.log_file("mcp").read_text()
