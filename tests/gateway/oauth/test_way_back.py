"""Who comes back from an authorization server: bound to session, person, server and issuer, and good once (AS-102)."""

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import select

from resource_server.gateway.oauth.attempts import LIFETIME, MOST_BEGUN
from resource_server.gateway.oauth.errors import AttemptRefusedError, DeniedError, OAuthProblemError
from resource_server.gateway.oauth.tables import UpstreamAttempt
from shared.database import unit_of_work
from tests.gateway.oauth.conftest import Place
from tests.gateway.oauth.test_connected import said


def test_a_way_back_is_good_once(place: Place) -> None:
    """AS-102."""
    owner = place.owner()
    came = place.go(place.begin(owner.user_id))
    assert place.finish(owner.user_id, came) == place.upstream.id
    with pytest.raises(AttemptRefusedError):
        place.finish(owner.user_id, came)


def test_another_persons_browser_gets_nothing_and_neither_does_anybody_afterwards(place: Place) -> None:
    """AS-102."""
    owner, other = place.owner(), place.owner()
    came = place.go(place.begin(owner.user_id))
    with pytest.raises(AttemptRefusedError, match="Somebody else"):
        place.finish(other.user_id, came)
    with pytest.raises(AttemptRefusedError):
        place.finish(owner.user_id, came)
    for one in (owner, other):
        assert "connect notes first" in said(one)


def test_another_session_of_the_same_person_gets_nothing(place: Place) -> None:
    """AS-102."""
    owner = place.owner()
    came = place.go(place.begin(owner.user_id))
    with pytest.raises(AttemptRefusedError, match="another browser"):
        place.finish(owner.user_id, came, session="another")


def test_who_takes_longer_than_ten_minutes_begins_anew(place: Place) -> None:
    """AS-102."""
    owner = place.owner()
    came = place.go(place.begin(owner.user_id))
    with unit_of_work(place.behind.engine) as session:
        for row in session.exec(select(UpstreamAttempt)):
            row.expires_at -= LIFETIME + timedelta(seconds=1)
            session.add(row)
    with pytest.raises(AttemptRefusedError):
        place.finish(owner.user_id, came)


@pytest.mark.parametrize("told", ["https://evil.example", "", None])
def test_an_answer_of_another_issuer_is_none_and_so_is_one_that_does_not_say_whose_it_is(
    place: Place, told: str | None
) -> None:
    """AS-102, RFC 9207 §2.4: compared byte for byte, and demanded where the server says that it is always there."""
    owner = place.owner()
    place.issuer.back = {"iss": told}
    came = place.go(place.begin(owner.user_id))
    with pytest.raises(AttemptRefusedError, match="another authorization server"):
        place.finish(owner.user_id, came)
    assert place.issuer.forms == []


def test_an_answer_on_another_servers_way_is_none(place: Place) -> None:
    """AS-102, RFC 9700 §4.4.2.2: also where nobody says whose answers are."""
    place.issuer.metadata = {"authorization_response_iss_parameter_supported": False}
    place.issuer.back = {"iss": None}
    owner = place.owner()
    for path in ("/server-connected/other", "/server-connected"):
        with pytest.raises(AttemptRefusedError, match="another server"):
            place.finish(owner.user_id, place.go(place.begin(owner.user_id)), came_to=path)
    assert place.issuer.forms == []
    place.finish(owner.user_id, place.go(place.begin(owner.user_id)))


def test_who_leaves_again_and_again_is_asked_to_wait(place: Place) -> None:
    owner = place.owner()
    for _ in range(MOST_BEGUN):
        place.begin(owner.user_id)
    with pytest.raises(AttemptRefusedError, match="very often"):
        place.begin(owner.user_id)


def test_who_does_not_allow_it_there_has_connected_nothing(place: Place) -> None:
    """RFC 6749 §4.1.2.1."""
    owner = place.owner()
    place.issuer.back = {"code": None, "error": "access_denied"}
    with pytest.raises(DeniedError):
        place.finish(owner.user_id, place.go(place.begin(owner.user_id)))
    assert "connect notes first" in said(owner)


def test_a_server_that_names_another_issuer_than_the_person_was_shown_is_not_connected(place: Place) -> None:
    owner = place.owner()
    with pytest.raises(OAuthProblemError, match="another authorization server"):
        asyncio.run(place.connecting.begin(place.upstream, owner.user_id, "s", "https://shown.example"))
    assert place.issuer.asked == []


def test_nothing_is_kept_before_the_person_pressed_connect(place: Place) -> None:
    """AS-32."""
    owner = place.owner()
    place.look(owner.user_id)
    with unit_of_work(place.behind.engine) as session:
        assert session.exec(select(UpstreamAttempt)).all() == []
    assert place.issuer.known_clients == set()


def test_a_server_that_was_removed_meanwhile_is_not_connected(place: Place) -> None:
    owner = place.owner()
    came = place.go(place.begin(owner.user_id))
    place.behind.upstreams.remove(place.upstream.id)
    with pytest.raises(AttemptRefusedError):
        place.finish(owner.user_id, came)
