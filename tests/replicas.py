"""Several resource servers on one data folder, and a load balancer in front that remembers nobody."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import cycle
from json import loads

import httpx2

from resource_server.app import create_app
from resource_server.settings import Settings
from tests.doors import Connection, Doors, wait_until
from tests.loopback import LOOPBACK
from tests.servers import RunningServer, free_port


@contextmanager
def replica(doors: Doors) -> Iterator[str]:
    """The MCP URL of a second server with the settings and the data of the first, until the block ends."""
    port = free_port()
    server = RunningServer(create_app(Settings(**doors.shared, **doors.resource_settings)), port)
    try:
        health = f"http://localhost:{port}/health"
        wait_until(lambda: httpx2.get(health, **LOOPBACK).json()["revocations"] == "fresh")
        yield f"http://localhost:{port}/mcp"
    finally:
        server.stop()


def at(mcp_url: str, connection: Connection) -> Connection:
    """The same app, calling there."""
    return replace(connection, mcp_url=mcp_url)


class Balancer(httpx2.AsyncBaseTransport):
    """Each request goes to the next server in turn; what was sent where stays written down."""

    def __init__(self, *urls: str) -> None:
        self._inner = httpx2.AsyncHTTPTransport()
        self._ports = cycle([httpx2.URL(url).port for url in urls])
        self.sent: list[tuple[str, int | None]] = []
        self.sessions: set[str] = set()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """One request, the Host header as the client wrote it."""
        port = next(self._ports)
        request.url = request.url.copy_with(port=port)
        message = loads(request.content) if request.method == "POST" else {}
        self.sent.append((message.get("method", request.method), port))
        self.sessions.update(value for name, value in request.headers.items() if name == "mcp-session-id")
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Closes every connection."""
        await self._inner.aclose()
