"""Clients that others wrote, unchanged, in processes of their own: each is connected, used, renewed and disconnected.

Discovery, registration, PKCE, refresh and what to do with a refusal are theirs; a person signs in and consents between.
The tests of one client follow one app through its life, in this order.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
import time_machine

from shared.clock import now
from tests.clients.desktop import Desktop
from tests.clients.foreign_app import ForeignApp, RefusedError
from tests.clients.mcp_remote import McpRemote
from tests.clients.program import fastmcp, typescript
from tests.clients.seen import Flow, Identity, Seen, npm_package, python_package
from tests.document_host import DocumentHost
from tests.doors import Doors, wait_until

LEGACY, MODERN = "2025-11-25", "2026-07-28"
DOCUMENT = "https://app.example/oauth/client.json"
SDK_1, SDK_2 = "@modelcontextprotocol/sdk", "@modelcontextprotocol/client"

Start = Callable[[Desktop, str], AbstractContextManager[ForeignApp]]


@dataclass(frozen=True)
class Way:
    """A client and one way to connect with it."""

    client: str
    package: Callable[[], str]
    protocol: str
    identity: Identity
    start: Start


def typescript_way(client: str, package: str, protocol: str, identity: Identity) -> Way:
    """With the provider's clientMetadataUrl, or without; protocol negotiation only when it is asked for."""
    options = {"clientName": client}
    options |= {"clientMetadataUrl": DOCUMENT} if identity == Identity.DOCUMENT else {}
    options |= {"protocolMode": "auto"} if protocol == MODERN else {}
    return Way(
        client, lambda: npm_package(package), protocol, identity, lambda *place: typescript(package, *place, **options)
    )


def mcp_remote_way(protocol: str, identity: Identity) -> Way:
    """Started by a desktop app of either era."""
    options = ["--client-metadata-url", DOCUMENT] if identity == Identity.DOCUMENT else []
    options += ["--protocol", "auto"] if protocol == MODERN else []
    mode = "auto" if protocol == MODERN else "legacy"
    package = "mcp-remote"
    return Way(
        package, lambda: npm_package(package), protocol, identity, lambda *place: McpRemote(*place, *options, mode=mode)
    )


def fastmcp_way(identity: Identity) -> Way:
    """FastMCP negotiates by itself."""
    options = {"clientName": "FastMCP app"}
    options |= {"clientMetadataUrl": DOCUMENT} if identity == Identity.DOCUMENT else {}
    package = "fastmcp-slim"
    return Way("FastMCP", lambda: python_package(package), MODERN, identity, lambda *place: fastmcp(*place, **options))


WAYS = [
    typescript_way("TypeScript SDK 1", SDK_1, LEGACY, Identity.REGISTRATION),
    typescript_way("TypeScript SDK 1", SDK_1, LEGACY, Identity.DOCUMENT),
    typescript_way("TypeScript SDK 2", SDK_2, LEGACY, Identity.REGISTRATION),
    typescript_way("TypeScript SDK 2", SDK_2, MODERN, Identity.DOCUMENT),
    mcp_remote_way(LEGACY, Identity.REGISTRATION),
    mcp_remote_way(MODERN, Identity.DOCUMENT),
    fastmcp_way(Identity.REGISTRATION),
]


@dataclass
class Life:
    """One app, connected, and the person it works for."""

    way: Way
    doors: Doors
    desktop: Desktop
    app: ForeignApp
    protocol: str


@pytest.fixture(scope="module")
def web() -> Iterator[DocumentHost]:
    """Where the apps' author publishes their metadata document: native apps name no port in it."""
    host = DocumentHost()
    loopback = ["http://127.0.0.1/callback", "http://localhost/callback", "http://localhost/oauth/callback"]
    document = {"client_id": DOCUMENT, "client_name": "Documented app", "redirect_uris": loopback}
    grants = {"grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"]}
    host.serve(DOCUMENT, document | grants | {"token_endpoint_auth_method": "none"})
    yield host
    host.stop()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, web: DocumentHost) -> Iterator[Doors]:
    """Both servers, able to read that document, and patient when the clock is turned."""
    doors = Doors(tmp_path_factory.mktemp("place"), web.network, feed_grace=3600)
    doors.start_auth()
    doors.start_resource()
    yield doors
    doors.close()


def way_of_life(way: Way) -> object:
    """One worker follows one app."""
    name = f"{way.client} {way.protocol} {way.identity}"
    return pytest.param(way, id=name.replace(" ", "-"), marks=pytest.mark.xdist_group(name))


@pytest.fixture(scope="module", params=map(way_of_life, WAYS))
def life(request: pytest.FixtureRequest, place: Doors, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """An app that its person has just connected."""
    way: Way = request.param
    home = tmp_path_factory.mktemp("home")
    with Desktop(place.person(), home) as desktop, way.start(desktop, place.mcp_url) as app:
        yield Life(way, place, desktop, app, app.connect())


@pytest.fixture
def seen_passing(life: Life, seen: Seen) -> Callable[..., None]:
    """Says which flows this way of connecting got through."""
    return lambda *flows: seen(life.way.client, life.way.package(), life.protocol, life.way.identity, *flows)


def test_an_app_connects_when_its_person_consents(life: Life, seen_passing: Callable[..., None]) -> None:
    assert life.protocol == life.way.protocol
    assert len(life.desktop.opened) == 1
    asked = parse_qs(urlsplit(life.desktop.opened[0]).query)
    assert (asked["client_id"] == [DOCUMENT]) == (life.way.identity == Identity.DOCUMENT)
    assert {"memory_store", "memory_search", "search", "fetch"} <= life.app.tools()
    seen_passing(Flow.SIGN_IN, Flow.LIST_TOOLS)


def test_what_it_stores_it_finds(life: Life, seen_passing: Callable[..., None]) -> None:
    life.app.call("memory_store", text="Grace keeps bees.")
    found = life.app.call("memory_search", query="bees")["results"]
    assert [memory["text"] for memory in found] == ["Grace keeps bees."]
    seen_passing(Flow.STORE_AND_SEARCH)


def test_an_expired_token_is_renewed_without_the_person(life: Life, seen_passing: Callable[..., None]) -> None:
    """RFC 6749 §6."""
    pages = len(life.desktop.opened)
    with eleven_minutes_later(life.doors):
        life.app.let_token_expire()
        assert life.app.call("memory_stats")["total"] == 1
    assert len(life.desktop.opened) == pages
    seen_passing(Flow.REFRESH)


def test_a_disconnected_app_is_refused_until_its_person_consents_anew(
    life: Life, seen_passing: Callable[..., None]
) -> None:
    """AS-38: whatever a client does about a refusal, it is not let in again but through the consent page."""
    desktop, app = life.desktop, life.app
    pages = len(desktop.opened)
    desktop.decision = "deny"
    desktop.disconnect_everything()
    with pytest.raises(RefusedError):
        wait_until(lambda: app.call("memory_stats") is None)
    assert len(desktop.opened) > pages
    desktop.decision = "approve"
    app.connect()
    assert app.call("memory_stats")["total"] == 1
    seen_passing(Flow.REVOCATION, Flow.RECONNECT)


@contextmanager
def eleven_minutes_later(doors: Doors) -> Iterator[None]:
    """Every access token that was given out before has expired, which a token of our own shows."""
    old = doors.person().connect()
    with time_machine.travel(now() + timedelta(minutes=11)):
        assert old.call("memory_stats").status_code == httpx2.codes.UNAUTHORIZED
        yield
