"""Sessions of older MCP revisions, as a client without an SDK holds them."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx2

from tests.doors import Connection
from tests.loopback import LOOPBACK
from tests.mcp_messages import BOTH_KINDS, LEGACY, initialize, request


def open_session(connection: Connection, version: str = LEGACY[-1]) -> dict[str, str]:
    """Says initialize and initialized; gives the headers of the session."""
    opened = connection.post(initialize(version), Accept=BOTH_KINDS)
    assert opened.status_code == 200, opened.text
    session = {"Mcp-Session-Id": opened.headers["mcp-session-id"], "MCP-Protocol-Version": version}
    connection.post({"jsonrpc": "2.0", "method": "notifications/initialized"}, **session)
    return session


def end_session(connection: Connection, session: dict[str, str]) -> httpx2.Response:
    """DELETE."""
    return httpx2.delete(connection.mcp_url, headers=connection.headers | session, **LOOPBACK)


def status_in(connection: Connection, session: dict[str, str]) -> int:
    """The status of a ping in the session."""
    return connection.post(request("ping"), **session).status_code


@contextmanager
def event_stream(connection: Connection, session: dict[str, str], **headers: str) -> Iterator[httpx2.Response]:
    """The GET stream."""
    asked = connection.headers | session | {"Accept": "text/event-stream"} | headers
    with (
        httpx2.Client(**LOOPBACK, timeout=20) as client,
        client.stream("GET", connection.mcp_url, headers=asked) as stream,
    ):
        yield stream


def closes_silently(stream: httpx2.Response) -> bool:
    """Waits for the end of a stream that was open; whether it came without a message."""
    assert stream.status_code == 200
    return not any(line.startswith("data:") for line in stream.iter_lines())
