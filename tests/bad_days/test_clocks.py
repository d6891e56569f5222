"""Two machines never agree on the time: what may differ does, and what has expired stays expired."""

from collections.abc import Callable
from typing import Any

import pytest

from shared.clock import epoch, now
from tests.auth_harness import AuthHarness, later
from tests.doors import Connection, Doors, Person

STATS = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "memory_stats", "arguments": {}}}


@pytest.fixture
def signed(doors: Doors, mary: Person) -> Callable[..., Connection]:
    """A live grant's token, signed by the authorization server's own key with some claims replaced."""
    connection = mary.connect()
    claims = doors.claims(connection)

    def sign(**changes: Any) -> Connection:
        token = doors.sign(claims | changes)
        return Connection(doors.mcp_url, connection.client_id, {"access_token": token})

    return sign


def test_a_token_from_a_clock_that_is_ahead_is_good(signed: Callable[..., Connection]) -> None:
    """RFC 7519 §4.1.6: `iat` in the future says that the authorization server's clock is ahead, and nothing else."""
    assert signed(iat=epoch(now()) + 120, exp=epoch(now()) + 720).post(STATS).status_code == 200


def test_a_token_that_has_just_expired_is_refused_in_a_form_that_makes_apps_refresh(
    signed: Callable[..., Connection],
) -> None:
    """AS-57, RFC 6750 §3.1: 401 invalid_token at the very second, whatever the other clock says."""
    answer = signed(exp=epoch(now()) - 1).post(STATS)
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


def test_a_clock_that_was_set_back_keeps_what_was_spent_spent(ada: AuthHarness) -> None:
    """AS-43: a code that was used stays used, and tokens of a revoked grant stay dead, an hour earlier too."""
    client = ada.register()
    code = ada.approve(client)["code"]
    tokens = ada.redeem(client, code).json()
    ada.http.post("/revoke", data={"token": tokens["refresh_token"], **client.credential})
    with later(hours=-1):
        assert ada.redeem(client, code).json()["error"] == "invalid_grant"
        assert ada.introspect(tokens["access_token"]) == {"active": False}
        assert ada.refresh(client, tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_a_clock_that_jumped_ahead_ends_nothing_for_good(ada: AuthHarness) -> None:
    """An hour's jump expires the access token alone: the app refreshes, and goes on when the clock is right again."""
    client = ada.register()
    tokens = ada.tokens(client)
    with later(hours=1):
        assert ada.introspect(tokens["access_token"]) == {"active": False}
        renewed = ada.refresh(client, tokens["refresh_token"]).json()
    assert ada.introspect(renewed["access_token"])["active"] is True
    assert ada.refresh(client, renewed["refresh_token"]).status_code == 200
