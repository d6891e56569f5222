"""A 401 that is about what somebody entered: whoever did is told, and the server was never down."""

from tests.doors import Doors
from tests.gateway.conftest import Behind
from tests.gateway.oauth.conftest import Owner, Place
from tests.gateway.test_tools import names


def test_a_header_that_the_person_entered_and_the_server_refuses_is_asked_for_on_their_page(
    doors: Doors, behind: Behind, place: Place
) -> None:
    server = behind.http("typed", place.issuer.url, asks=("Authorization",))
    owner = place.owner()
    assert f"{doors.origin}/servers/typed " in f"{said_of(owner, 'typed')} "
    behind.upstreams.enter(server, owner.user_id, {"Authorization": "Bearer wrong"})
    for _ in range(5):
        assert f"{doors.origin}/servers/typed " in f"{said_of(owner, 'typed')} "
    place.issuer.granted["right"] = ("ada", "")
    behind.upstreams.enter(server, owner.user_id, {"Authorization": "Bearer right"})
    assert said_of(owner, "typed") == "2"


def test_a_header_of_the_installation_that_the_server_refuses_is_for_who_runs_it(behind: Behind, place: Place) -> None:
    behind.http("shared", place.issuer.url, secrets={"Authorization": "Bearer wrong"})
    owner = place.owner()
    for _ in range(5):
        assert "gets from this installation" in said_of(owner, "shared")
    assert "http://" not in said_of(owner, "shared")
    assert names(owner.app) == []


def said_of(owner: Owner, server: str) -> str:
    """What a call of that server's tool is told."""
    result = owner.app.call(f"{server}__add", one=1, two=1).json()["result"]
    return str(result["content"][0]["text"])
