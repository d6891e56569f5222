"""A whole Ostiary stands behind another one: its own people, its own consent, its own memories."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

import httpx2
import pytest

from tests.consent_form import approve_in_browser
from tests.doors import Doors, Person, wait_until
from tests.gateway.conftest import Behind
from tests.gateway.oauth.conftest import Owner, Place
from tests.gateway.oauth.scripted_issuer import parameters
from tests.gateway.test_tools import answered
from tests.loopback import LOOPBACK


@pytest.fixture(scope="session")
def far_doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    """Both servers of the other one."""
    doors = Doors(tmp_path_factory.mktemp("far"))
    doors.start_auth()
    doors.start_resource()
    yield doors
    doors.close()


@dataclass(frozen=True)
class Far:
    """The other one is the server `far` here."""

    place: Place

    def connect(self, owner: Owner, person: Person) -> None:
        """The owner here connects as that person there, who presses Connect on the consent page."""
        asked = parameters(self.place.begin(owner.user_id))
        location = approve_in_browser(person.browser, asked, {"scope": asked["scope"].split(), "read": ["personal"]})
        self.place.finish(owner.user_id, parameters(location), came_to="/server-connected/far")


@pytest.fixture
def far(place: Place, far_doors: Doors, behind: Behind, doors: Doors) -> Far:
    """Nobody connected it."""
    upstream = behind.http("far", far_doors.mcp_url)
    return Far(Place(place.issuer, behind, doors, upstream, place.connecting))


def test_each_person_reads_their_own_memories_there_and_nobody_elses(far: Far, far_doors: Doors) -> None:
    owners = [far.place.owner(), far.place.owner()]
    people = [far_doors.person(), far_doors.person()]
    for owner, person in zip(owners, people, strict=True):
        assert "/servers/far/connect" in str(answered(owner.app, "far__add_memory"))
        far.connect(owner, person)
    stored = answered(owners[0].app, "far__memory_store", text="the milk is in the cellar")
    assert stored.get("isError") in (None, False), stored
    assert "in the cellar" in str(answered(owners[0].app, "far__memory_recall", query="milk"))
    assert "in the cellar" not in str(answered(owners[1].app, "far__memory_recall", query="milk"))


def test_who_disconnects_an_app_there_has_to_connect_again_here(far: Far, far_doors: Doors) -> None:
    owner, person = far.place.owner(), far_doors.person()
    far.connect(owner, person)
    assert answered(owner.app, "far__memory_recall", query="milk").get("isError") in (None, False)
    held = far.place.connecting.tokens.of(far.place.upstream.id, owner.user_id)
    assert held is not None
    form, headers = held.tokens.client.proof()
    form |= {"token": held.tokens.refresh_token}
    assert httpx2.post(f"{far_doors.issuer}/revoke", data=form, headers=headers, **LOOPBACK).status_code == 200

    def is_refused() -> bool:
        return "connect far again" in str(answered(owner.app, "far__memory_recall", query="milk"))

    wait_until(is_refused)


def test_who_disconnects_here_ends_the_grant_there(far: Far, far_doors: Doors) -> None:
    """RFC 7009 §2."""
    owner, person = far.place.owner(), far_doors.person()
    far.connect(owner, person)
    assert "Ostiary" in person.browser.get("/account/apps").text
    asyncio.run(far.place.connecting.disconnect(far.place.upstream, owner.user_id))
    wait_until(lambda: "Disconnect" not in person.browser.get("/account/apps").text)
