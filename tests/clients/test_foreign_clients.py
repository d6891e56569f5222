"""Clients that others wrote, unchanged, in processes of their own: each is connected, used, renewed and disconnected.

Discovery, registration, PKCE, refresh and what to do with a refusal are theirs; a person signs in and consents between.
The tests of one client follow one app through its life, in this order.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
import time_machine

from shared.clock import now
from tests.clients.desktop import Desktop
from tests.clients.foreign_app import ForeignApp, RefusedError
from tests.clients.seen import Flow, Identity, Seen
from tests.clients.ways import DOCUMENT, WAYS, Way
from tests.document_host import DocumentHost
from tests.doors import Doors, wait_until

pytestmark = pytest.mark.foreign


@dataclass
class Life:
    """One app, connected, and the person it works for."""

    way: Way
    doors: Doors
    desktop: Desktop
    app: ForeignApp
    protocol: str

    @property
    def as_seen(self) -> tuple[str, str, str, Identity]:
        """Who connected, and how."""
        return self.way.client, self.way.package(), self.protocol, self.way.identity


@pytest.fixture(scope="module")
def web() -> Iterator[DocumentHost]:
    """Where the apps' author publishes their metadata document: native apps name no port in it."""
    host = DocumentHost()
    hosts, paths = ("127.0.0.1", "localhost"), ("/callback", "/oauth/callback")
    loopback = [f"http://{name}{path}" for name in hosts for path in paths]
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


def test_an_app_connects_when_its_person_consents(life: Life, seen: Seen) -> None:
    assert life.protocol == life.way.protocol
    assert len(life.desktop.opened) == 1
    asked = parse_qs(urlsplit(life.desktop.opened[0]).query)
    assert (asked["client_id"] == [DOCUMENT]) == (life.way.identity == Identity.DOCUMENT)
    assert {"memory_store", "memory_search", "search", "fetch"} <= life.app.tools()
    seen(*life.as_seen, Flow.SIGN_IN, Flow.LIST_TOOLS)


def test_what_it_stores_it_finds(life: Life, seen: Seen) -> None:
    life.app.call("memory_store", text="Grace keeps bees.")
    found = life.app.call("memory_search", query="bees")["results"]
    assert [memory["text"] for memory in found] == ["Grace keeps bees."]
    seen(*life.as_seen, Flow.STORE_AND_SEARCH)


def test_an_expired_token_is_renewed_without_the_person(life: Life, seen: Seen) -> None:
    """RFC 6749 §6."""
    pages = len(life.desktop.opened)
    with eleven_minutes_later(life.doors):
        life.app.let_token_expire()
        assert life.app.call("memory_stats")["total"] == 1
    assert len(life.desktop.opened) == pages
    seen(*life.as_seen, Flow.REFRESH)


def test_a_disconnected_app_is_refused_until_its_person_consents_anew(life: Life, seen: Seen) -> None:
    """AS-38: whatever a client does about a refusal, it is not let in again but through the consent page."""
    desktop, app = life.desktop, life.app
    pages = len(desktop.opened)
    desktop.decision = "deny"
    desktop.disconnect_everything()
    wait_until(lambda: is_refused(app) and len(desktop.opened) > pages)
    desktop.decision = "approve"
    app.connect()
    assert app.call("memory_stats")["total"] == 1
    seen(*life.as_seen, Flow.REVOCATION, Flow.RECONNECT)


def is_refused(app: ForeignApp) -> bool:
    """Whether the app is kept from the person's memories now."""
    try:
        app.call("memory_stats")
    except RefusedError:
        return True
    return False


@contextmanager
def eleven_minutes_later(doors: Doors) -> Iterator[None]:
    """Every access token that was given out before has expired, which a token of our own shows."""
    old = doors.person().connect()
    with time_machine.travel(now() + timedelta(minutes=11)):
        assert old.call("memory_stats").status_code == httpx2.codes.UNAUTHORIZED
        yield
