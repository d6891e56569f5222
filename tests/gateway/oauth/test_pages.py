"""The pages on which a person connects a server, from the link that their app was given to the call that works."""

from collections.abc import Iterator

import httpx2
import pytest

from tests.doors import Person
from tests.gateway.oauth.conftest import Owner, Place
from tests.gateway.oauth.test_connected import said
from tests.gateway.test_tools import EVERYTHING
from tests.key_holders import KeyHolder, key_of
from tests.loopback import LOOPBACK
from tests.web.browsing import Visitor, new_visitor

PAGE, DISCONNECT = "/servers/notes/connect", "/servers/notes/disconnect"


@pytest.fixture
def bea(place: Place) -> Iterator[Visitor]:
    """A person whose browser is signed in nowhere."""
    visitor = new_visitor(place.doors)
    yield visitor
    visitor.http.close()


@pytest.fixture
def eve(place: Place) -> Iterator[Visitor]:
    """Another one."""
    visitor = new_visitor(place.doors)
    yield visitor
    visitor.http.close()


def app_of(visitor: Visitor) -> Owner:
    """A program of this person's."""
    person = Person(visitor.doors, visitor.email, visitor.http)
    app: KeyHolder = key_of(person, scope="gateway:call", details=[EVERYTHING])
    return Owner(app, visitor.user_id)


def leave(visitor: Visitor) -> str:
    """The person presses Connect and says yes there; gives the address of the way back."""
    pressed = visitor.submit(PAGE, PAGE)
    assert pressed.status_code == 303, pressed.text
    return str(httpx2.get(pressed.headers["location"], **LOOPBACK).headers["location"])


def test_from_the_link_to_the_call_that_works(place: Place, bea: Visitor) -> None:
    owner = app_of(bea)
    link = said(owner).rpartition(" ")[2]
    page = bea.page(link)
    assert f"127.0.0.1:{place.issuer.port}" in page
    assert "<code>notes:read</code>" in page
    back = bea.get(leave(bea))
    assert back.status_code == 303
    assert "notes is connected" in bea.page(back.headers["location"])
    assert said(owner) == "2"
    assert bea.submit(PAGE, DISCONNECT).status_code == 303
    assert "connect notes first" in said(owner)


def test_the_way_back_in_another_persons_browser_is_refused_and_leads_nowhere(
    place: Place, bea: Visitor, eve: Visitor
) -> None:
    """AS-102."""
    eve.page(PAGE)
    address = leave(bea)
    refused = eve.get(address)
    assert refused.status_code == 403
    assert "Somebody else began this" in refused.text
    assert bea.get(address).status_code == 403
    for visitor in (bea, eve):
        assert "connect notes first" in said(app_of(visitor))
    assert place.issuer.forms == []


def test_the_way_back_in_a_browser_without_a_session_is_refused(bea: Visitor) -> None:
    """AS-102."""
    answer = httpx2.get(leave(bea), **LOOPBACK)
    assert answer.status_code == 403
    assert "Nobody is signed in" in answer.text


def test_nothing_begins_without_our_own_form(place: Place, bea: Visitor) -> None:
    """AS-32, AS-91."""
    bea.page(PAGE)
    issuer = place.issuer.origin
    assert bea.post(PAGE, {"issuer": issuer}).status_code == 403
    assert bea.submit(PAGE, PAGE, issuer="https://elsewhere.example").status_code == 409
    assert place.issuer.known_clients == set()


def test_a_page_says_why_a_server_cannot_be_connected_and_shows_no_markup_of_it(place: Place, bea: Visitor) -> None:
    """AS-103, AS-98."""
    bea.page("/servers")
    place.issuer.challenge = 'Bearer scope="<script>alert(1)</script>"'
    assert "<script>alert" not in bea.page(PAGE)
    place.issuer.metadata = {"authorization_endpoint": "javascript:alert(1)"}
    answer = bea.get(PAGE)
    assert answer.status_code == 409
    assert "javascript:" not in answer.text
    assert "not sound" in answer.text


def test_a_server_that_is_not_theirs_has_no_page(bea: Visitor) -> None:
    bea.page("/servers")
    assert bea.get("/servers/nothing/connect").status_code == 404


def test_what_we_are_can_be_read_by_everybody(place: Place) -> None:
    """OAuth Client ID Metadata Document: the client_id is the document's own address."""
    address = f"{place.doors.origin}/oauth-client.json"
    told = httpx2.get(address, **LOOPBACK).json()
    assert told["client_id"] == address
    assert told["redirect_uris"] == [f"{place.doors.origin}/server-connected"]
