"""A server on loopback, and doors behind which servers are added: `upstream_url`, `gateway_doors`."""

import sys
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from resource_server.gateway.acceptance import Acceptance
from resource_server.gateway.described import Described
from resource_server.gateway.opening import PURPOSE
from resource_server.gateway.upstream import Transport, Upstream
from resource_server.gateway.upstreams import Upstreams
from shared.database import open_engine
from shared.master_key import MasterKey
from tests.doors import MASTER_KEY, Doors
from tests.forking.forked import as_command
from tests.gateway.everything.server import everything_app
from tests.gateway.fixture_server import Old, fixture_app, fixture_server, strange_server
from tests.gateway.office_server import crowded_app
from tests.servers import RunningServer, free_port, serving

MODULE = "tests.gateway.fixture_server"
BARE = (sys.executable, "-S", str(Path(__file__).parent / "bare_server.py"))
"""Starts in a moment."""
ROGUE = (sys.executable, "-S", str(Path(__file__).parent / "rogue.py"))
"""Does what it should not."""


@pytest.fixture(scope="session")
def upstream_url() -> Iterator[str]:
    """The fixture server over streamable HTTP."""
    with serving(fixture_app()) as origin:
        yield f"{origin}/mcp"


@pytest.fixture(scope="session")
def old_url() -> Iterator[str]:
    """A server of before MCP 2026-07-28."""
    with serving(Old(fixture_app())) as origin:
        yield f"{origin}/mcp"


@pytest.fixture(scope="session")
def everything_url() -> Iterator[str]:
    """A server with everything that the conformance suite asks of one."""
    with serving(everything_app(), "localhost") as origin:
        yield f"{origin}/mcp"


@pytest.fixture(scope="session")
def old_everything_url() -> Iterator[str]:
    """The same as it was before MCP 2026-07-28."""
    with serving(Old(everything_app()), "localhost") as origin:
        yield f"{origin}/mcp"


@pytest.fixture(scope="session")
def sse_url() -> Iterator[str]:
    """The fixture server over the older HTTP with server-sent events."""
    with serving(fixture_server().sse_app()) as origin:
        yield f"{origin}/sse"


@pytest.fixture(scope="session")
def crowded_url() -> Iterator[str]:
    """A server of 700 tools and as many resources."""
    with serving(crowded_app(700)) as origin:
        yield f"{origin}/mcp"


class Elsewhere:
    """A server that sends whoever comes to another origin; `arrived` are the requests that came there."""

    def __init__(self) -> None:
        self.ports = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.ports[0]}/mcp"
        self.sent_on = 0
        self.arrived: list[dict[str, str]] = []

    async def send_on(self, _request: Request) -> Response:
        """Whatever is asked."""
        self.sent_on += 1
        return RedirectResponse(f"http://127.0.0.1:{self.ports[1]}/mcp", 307)

    async def take(self, request: Request) -> Response:
        """Remembers who came."""
        self.arrived.append(dict(request.headers))
        return Response(status_code=404)


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    """Both of its origins."""
    one = Elsewhere()
    methods = ["GET", "POST", "DELETE"]
    servers = [
        RunningServer(Starlette(routes=[Route("/mcp", handler, methods=methods)]), port)
        for handler, port in zip((one.send_on, one.take), one.ports, strict=True)
    ]
    yield one
    for server in servers:
        server.stop()


@pytest.fixture(scope="session")
def strange_url() -> Iterator[str]:
    """A server whose tools have strange names."""
    with serving(strange_server().streamable_http_app(stateless_http=False)) as origin:
        yield f"{origin}/mcp"


class Behind:
    """The servers of one installation, entered as the commands enter them."""

    def __init__(self, doors: Doors) -> None:
        self.engine = open_engine(f"sqlite:///{doors.data_dir / 'resource.db'}")
        self.upstreams = Upstreams(self.engine, MasterKey(urlsafe_b64decode(MASTER_KEY + "="), "").derive(PURPOSE))

    def http(self, name: str, url: str, **more: object) -> Upstream:
        """A server over streamable HTTP."""
        return self.upstreams.add(name, Transport.HTTP, url=url, **more)  # type: ignore[arg-type]

    def sse(self, name: str, url: str, **more: object) -> Upstream:
        """A server over the older HTTP with server-sent events."""
        return self.upstreams.add(name, Transport.SSE, url=url, **more)  # type: ignore[arg-type]

    def stdio(self, name: str, command: tuple[str, ...] = (), **more: object) -> Upstream:
        """A server that is a process."""
        command = command or as_command(MODULE)
        return self.upstreams.add(name, Transport.STDIO, command=command, **more)  # type: ignore[arg-type]

    def remake(self, server: Upstream, url: str) -> None:
        """The server at another address."""
        self.upstreams.change(server, Described(server.name, Transport.HTTP, url))

    def replace(self, name: str, command: tuple[str, ...]) -> None:
        """A process of another command under the name of the one before."""
        server = self.upstreams.named(name) or self.stdio(name, command)
        self.upstreams.change(server, Described(name, Transport.STDIO, command=command))

    def accept(self, upstream: Upstream, user_id: str, tools: dict[str, dict[str, object]]) -> None:
        """The person accepted these tools as they are here."""
        Acceptance(self.engine).accept(upstream.id, user_id, tools)

    def close(self) -> None:
        """Ends the connection to the database; the servers are removed."""
        for upstream in self.upstreams.every(None):
            self.upstreams.remove(upstream.id)
        self.engine.dispose()


@pytest.fixture
def behind(doors: Doors) -> Iterator[Behind]:
    """Servers behind the shared doors, gone after the test."""
    servers = Behind(doors)
    yield servers
    servers.close()


@pytest.fixture
def commands(doors: Doors, behind: Behind, monkeypatch: pytest.MonkeyPatch) -> Behind:
    """Commands are about the shared doors, which run meanwhile; the servers are gone after the test."""
    monkeypatch.setenv("OSTIARY_DATA_DIR", str(doors.data_dir))
    monkeypatch.setenv("OSTIARY_MASTER_KEY", MASTER_KEY)
    return behind
