"""A server that protects itself, and people who connect it below the pages: `issuer`, `persons`."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from resource_server.gateway.http_clients import HttpClients
from resource_server.gateway.oauth.connecting import Connecting
from resource_server.gateway.oauth.fetching import Fetching
from resource_server.gateway.upstream import Transport, Upstream
from tests.doors import Doors
from tests.gateway.conftest import Behind
from tests.gateway.fixture_server import fixture_app
from tests.gateway.oauth.scripted_issuer import ScriptedIssuer, parameters
from tests.gateway.test_tools import EVERYTHING
from tests.key_holders import KeyHolder, key_of, key_row
from tests.loopback import LOOPBACK
from tests.servers import RunningServer

SESSION = "session-of-a-browser"


@dataclass(frozen=True)
class Owner:
    """Somebody with a program, at the shared doors."""

    app: KeyHolder
    user_id: str


@dataclass(frozen=True)
class Place:
    """The server `notes` behind the shared doors, and what the pages use to connect it."""

    issuer: ScriptedIssuer
    behind: Behind
    doors: Doors
    upstream: Upstream
    connecting: Connecting

    @property
    def now(self) -> Upstream:
        """The server as it is by now."""
        return self.behind.upstreams.named(self.upstream.name) or self.upstream

    def owner(self) -> Owner:
        """A new person with a program that may use every server."""
        app = key_of(self.doors.person(), scope="gateway:call", details=[EVERYTHING])
        return Owner(app, key_row(self.doors, app.id).user_id)

    def look(self, user_id: str = "nobody") -> Any:
        """What connecting would mean."""
        return asyncio.run(self.connecting.look(self.now, user_id))

    def begin(self, user_id: str, session: str = SESSION) -> str:
        """The person pressed Connect."""
        issuer = self.look(user_id).server.issuer
        return asyncio.run(self.connecting.begin(self.now, user_id, session, issuer))

    def go(self, url: str) -> dict[str, str]:
        """The person says yes there; gives what comes back."""
        answer = httpx2.get(url, **LOOPBACK)
        assert answer.status_code == 303, answer.text
        return parameters(answer.headers["location"])

    def finish(
        self, user_id: str, came: dict[str, str], session: str = SESSION, came_to: str = "/server-connected/notes"
    ) -> str:
        """The browser is back."""
        return asyncio.run(self.connecting.finish(user_id, session, came_to, came))

    def connect(self, user_id: str, who: str = "ada") -> None:
        """All of it, as `who` at the issuer."""
        self.issuer.signed_in = who
        self.finish(user_id, self.go(self.begin(user_id)))


@pytest.fixture
def issuer() -> Iterator[ScriptedIssuer]:
    """The fixture server behind a scripted issuer, on a port of its own."""
    scripted = ScriptedIssuer(fixture_app())
    running = RunningServer(scripted.asgi(), scripted.port)
    yield scripted
    running.stop()


@pytest.fixture
def place(issuer: ScriptedIssuer, behind: Behind, doors: Doors) -> Place:
    """The server `notes` is behind the shared doors; nobody connected it."""
    fetching = Fetching(HttpClients(allow_loopback=True))
    connecting = Connecting(doors.origin, behind.upstreams.credentials, fetching)
    transport = Transport.SSE if issuer.path == "sse" else Transport.HTTP
    return Place(issuer, behind, doors, behind.upstreams.add("notes", transport, url=issuer.url), connecting)
