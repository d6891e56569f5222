"""`ostiary gateway` about servers that people connect."""

import json
from typing import Any

import pytest

from tests.cli.invoking import refuse, run
from tests.doors import wait_until
from tests.gateway.oauth.conftest import Place
from tests.gateway.oauth.test_connected import said
from tests.web.browsing import new_visitor

pytestmark = pytest.mark.usefixtures("commands")


def shown() -> dict[str, Any]:
    """What is told of the server."""
    found: dict[str, Any] = json.loads(run("gateway", "show", "notes", "--json"))
    return found


def test_a_client_is_entered_by_hand_and_its_secret_is_shown_to_nobody(place: Place) -> None:
    place.issuer.known_clients.add("by-hand")
    told = run("gateway", "client", "notes", "--id", "by-hand", "--secret", given="not in the history\n")
    assert "/server-connected" in told
    owner = place.owner()
    assert "/servers/notes/connect" in said(owner)
    place.connect(owner.user_id)
    assert place.issuer.forms[-1]["client_secret"] == "not in the history"
    assert said(owner) == "2"
    assert shown()["oauth"] == {place.issuer.origin: "by-hand (entered by hand)"}
    assert shown()["connected_by"] == 1
    assert "history" not in run("gateway", "show", "notes") + run("gateway", "list", "--json")


def test_a_server_is_tried_as_who_connected_it(place: Place) -> None:
    visitor = new_visitor(place.doors)
    place.connect(visitor.user_id)
    place.issuer.end_access()
    assert "notes works" in run("gateway", "test", "notes", "--user", visitor.email)
    other = new_visitor(place.doors)
    assert "/servers/notes/connect" in refuse("gateway", "test", "notes", "--user", other.email)


def test_who_removes_a_server_or_a_credential_gives_the_tokens_back(place: Place) -> None:
    """RFC 7009 §2."""
    ada, bob = new_visitor(place.doors), new_visitor(place.doors)
    for who in (ada, bob):
        place.connect(who.user_id, who.email.partition("@")[0])
    run("gateway", "credential", "remove", "notes", "--user", ada.email)
    wait_until(lambda: {person for person, _ in place.issuer.granted.values()} == {bob.email.partition("@")[0]})
    run("gateway", "remove", "notes", "--yes")
    wait_until(lambda: place.issuer.granted == place.issuer.refreshes == {})
