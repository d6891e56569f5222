"""Once a server is connected by OAuth, each person has to: what one of them does alone never makes it such a server."""

from dataclasses import replace

import pytest

from resource_server.gateway.oauth.errors import NotProtectedError
from tests.gateway.conftest import Behind
from tests.gateway.oauth.conftest import Place
from tests.gateway.oauth.test_refused_headers import said_of


def test_what_the_installation_gives_a_server_stays_in_use_though_somebody_would_connect_it(
    place: Place, behind: Behind
) -> None:
    issuer = place.issuer
    shared = replace(place, upstream=behind.http("shared", issuer.url, secrets={"Authorization": "Bearer everybodys"}))
    issuer.granted["everybodys"] = ("all", "")
    with pytest.raises(NotProtectedError, match="another credential"):
        shared.connect(place.owner().user_id)
    assert said_of(place.owner(), "shared") == "2"


def test_a_server_that_takes_everybody_as_they_are_is_connected_by_nobody(place: Place, behind: Behind) -> None:
    """It says how it could be connected, as one does that gives more to who is signed in there."""
    issuer = place.issuer
    open_one = replace(place, upstream=behind.http("open", issuer.url))
    issuer.granted[""] = ("anybody", "")
    with pytest.raises(NotProtectedError, match="refuses nobody"):
        open_one.connect(place.owner().user_id)
    assert said_of(place.owner(), "open") == "2"


def test_who_enters_a_wrong_header_makes_nobody_connect_the_server(place: Place, behind: Behind) -> None:
    keyed = behind.http("keyed", place.issuer.url, asks=("X-Key",))
    wrong, right = place.owner(), place.owner()
    for owner in (wrong, right):
        behind.upstreams.enter(keyed, owner.user_id, {"X-Key": "of-this-person"})
    assert said_of(wrong, "keyed").endswith("/servers/keyed")
    with pytest.raises(NotProtectedError, match="another credential"):
        replace(place, upstream=keyed).connect(wrong.user_id)
    place.issuer.granted[""] = ("right", "")
    assert said_of(right, "keyed") == "2"


def test_who_runs_the_installation_has_a_server_connected_by_entering_a_client(place: Place, behind: Behind) -> None:
    place.issuer.known_clients.add("by-hand")
    behind.upstreams.remove(place.upstream.id)
    tenant = replace(place, upstream=behind.http("notes", place.issuer.url, asks=("X-Workspace",)))
    tenant.connecting.clients.enter(tenant.upstream.id, "by-hand", "")
    owner = place.owner()
    behind.upstreams.enter(tenant.upstream, owner.user_id, {"X-Workspace": "ours"})
    tenant.connect(owner.user_id)
    assert said_of(owner, "notes") == "2"
