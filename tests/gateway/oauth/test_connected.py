"""A server that people connect by OAuth: each calls with their own tokens, which are renewed, and end."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.doors import wait_until
from tests.gateway.oauth.conftest import Owner, Place
from tests.gateway.test_tools import answered, names


def seen(owner: Owner) -> str:
    """The token that the server got."""
    result = answered(owner.app, "notes__seen_headers")
    assert "structuredContent" in result, result
    return str(result["structuredContent"]["authorization"])


def said(owner: Owner) -> str:
    """What a call is told."""
    return str(answered(owner.app, "notes__add", one=1, two=1)["content"][0]["text"])


def test_who_has_not_connected_gets_a_link_and_the_same_call_works_afterwards(place: Place) -> None:
    owner = place.owner()
    assert names(owner.app) == []
    assert f"{place.doors.origin}/servers/notes/connect" in said(owner)
    place.connect(owner.user_id)
    assert said(owner) == "2"
    assert "notes__add" in names(owner.app)


def test_a_server_that_greets_nobody_without_a_token_is_not_asked_for_each_of_them(place: Place) -> None:
    assert "connect notes first" in said(place.owner())
    assert "connect notes first" in said(place.owner())
    place.issuer.calls.clear()
    for owner in (place.owner(), place.owner()):
        assert names(owner.app) == []
        assert "connect notes first" in said(owner)
    assert place.issuer.calls == []


def test_the_request_is_bound_to_the_server_and_asks_for_what_the_challenge_names(place: Place) -> None:
    """RFC 8707 §2, RFC 7636 §4.3, RFC 6750 §3."""
    place.connect(place.owner().user_id)
    (asked,) = place.issuer.asked
    assert asked["resource"] == place.issuer.url
    assert asked["scope"] == "notes:read"
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"].startswith(place.doors.origin)
    (form,) = place.issuer.forms
    assert form["resource"] == place.issuer.url
    assert form["code_verifier"]


def test_nobody_calls_with_anothers_tokens_though_both_call_at_once_and_they_are_renewed_meanwhile(
    place: Place,
) -> None:
    """AS-101."""
    owners = {who: place.owner() for who in ("ada", "bob")}
    for who, owner in owners.items():
        place.connect(owner.user_id, who)
        assert f"at-{who}-" in seen(owner)
    place.issuer.end_access()
    with ThreadPoolExecutor(12) as threads:
        calls = [(who, threads.submit(seen, owner)) for _ in range(6) for who, owner in owners.items()]
        assert all(f"at-{who}-" in call.result() for who, call in calls)
    assert place.issuer.replays == 0


def test_a_token_is_renewed_before_it_ends(place: Place) -> None:
    owner = place.owner()
    place.issuer.lifetime = 5
    place.connect(owner.user_id)
    place.issuer.calls.clear()
    seen(owner)
    assert "" not in place.issuer.calls
    assert {form["grant_type"] for form in place.issuer.forms[1:]} == {"refresh_token"}
    assert place.issuer.forms[-1]["resource"] == place.issuer.url


def test_an_end_of_the_access_token_is_not_noticed_by_who_calls(place: Place) -> None:
    owner = place.owner()
    place.connect(owner.user_id)
    before = seen(owner)
    place.issuer.end_access()
    assert seen(owner) != before


def test_where_it_cannot_be_renewed_the_person_connects_again_and_the_server_was_never_down(place: Place) -> None:
    owner = place.owner()
    place.connect(owner.user_id)
    assert said(owner) == "2"
    place.issuer.end_access()
    place.issuer.refuses_refresh = True
    for _ in range(5):
        assert "connect notes again" in said(owner)
    assert names(owner.app) == []
    place.issuer.refuses_refresh = False
    place.connect(owner.user_id)
    assert said(owner) == "2"


def test_an_issuer_that_is_down_for_a_moment_costs_nobody_their_tokens(place: Place) -> None:
    owner = place.owner()
    place.connect(owner.user_id)
    assert said(owner) == "2"
    place.issuer.end_access()
    place.issuer.is_down = True
    assert "cannot be used now" in said(owner)
    place.issuer.is_down = False
    assert said(owner) == "2"


def test_a_call_that_needs_more_sends_the_person_back_to_allow_it(place: Place) -> None:
    """RFC 6750 §3.1: insufficient_scope."""
    owner = place.owner()
    place.connect(owner.user_id)
    assert said(owner) == "2"
    place.issuer.needs_scope = "notes:write"
    assert "wider permission" in said(owner)
    place.connect(owner.user_id)
    assert place.issuer.asked[-1]["scope"].split() == ["notes:read", "notes:write"]
    assert said(owner) == "2"


def test_who_disconnects_leaves_no_token_here_or_there(place: Place) -> None:
    """RFC 7009 §2."""
    owner = place.owner()
    place.connect(owner.user_id)
    token = seen(owner).removeprefix("Bearer ")
    asyncio.run(place.connecting.disconnect(place.upstream, owner.user_id))
    wait_until(lambda: token in place.issuer.revoked)
    assert any(one.startswith("rt-") for one in place.issuer.revoked)
    assert "connect notes first" in said(owner)
    assert names(owner.app) == []


@pytest.mark.parametrize("way", ["the server is removed", "it leads elsewhere", "the person is erased"])
def test_whatever_takes_tokens_away_here_gives_them_back_there(place: Place, way: str) -> None:
    """RFC 7009 §2."""
    owner, servers = place.owner(), place.behind.upstreams
    place.connect(owner.user_id)
    match way:
        case "the server is removed":
            servers.remove(place.upstream.id)
        case "it leads elsewhere":
            place.behind.remake(place.upstream, "https://elsewhere.example/mcp")
        case _:
            servers.forget_person(owner.user_id)
    assert place.connecting.tokens.of(place.upstream.id, owner.user_id) is None
    wait_until(lambda: place.issuer.granted == place.issuer.refreshes == {})
