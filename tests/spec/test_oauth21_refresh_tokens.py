"""OAuth 2.1 §4.3: refresh tokens."""

from pathlib import Path

import pytest

from auth_server.grants import edit_grant
from auth_server.models import Grant
from shared.scopes import Scope
from tests.auth_harness import AuthHarness, auth_settings, error_of, later

DAY = 24 * 60 * 60


def test_a_refresh_token_is_rotated_at_every_use(settled: AuthHarness) -> None:
    """AS-51, OAuth 2.1 §4.3.1: public clients get another one each time."""
    client = settled.register()
    first = settled.tokens(client)
    second = settled.refresh(client, first["refresh_token"]).json()
    third = settled.refresh(client, second["refresh_token"]).json()
    assert len({tokens["refresh_token"] for tokens in (first, second, third)}) == 3
    assert settled.introspect(third["access_token"])["active"] is True


def test_reuse_after_the_window_revokes_the_family(settled: AuthHarness) -> None:
    """AS-51, AS-52, OAuth 2.1 §4.3.1: the access tokens with it, and it is audited."""
    client = settled.register()
    first = settled.tokens(client)
    second = settled.refresh(client, first["refresh_token"]).json()
    with later(seconds=61):
        assert error_of(settled.refresh(client, first["refresh_token"])) == (400, "invalid_grant")
        assert settled.introspect(second["access_token"]) == {"active": False}
        assert error_of(settled.refresh(client, second["refresh_token"])) == (400, "invalid_grant")
    assert "refresh_token_reused" in settled.audited(client.id)


def test_reuse_of_an_older_generation_revokes_the_family(settled: AuthHarness) -> None:
    """AS-52, OAuth 2.1 §4.3.1: inside the window too, for the token after it was used already."""
    client = settled.register()
    first = settled.tokens(client)
    second = settled.refresh(client, first["refresh_token"]).json()
    third = settled.refresh(client, second["refresh_token"]).json()
    assert error_of(settled.refresh(client, first["refresh_token"])) == (400, "invalid_grant")
    assert settled.introspect(third["access_token"]) == {"active": False}


def test_reuse_inside_the_window_gives_the_same_successor(settled: AuthHarness) -> None:
    """AS-53, OAuth 2.1 §4.3.1: the family never forks, whatever order the answers arrive in."""
    client = settled.register()
    first = settled.tokens(client)
    answers = [settled.refresh(client, first["refresh_token"]).json() for _ in range(3)]
    assert len({answer["refresh_token"] for answer in answers}) == 1
    assert all(settled.introspect(answer["access_token"])["active"] for answer in answers)
    assert settled.refresh(client, answers[0]["refresh_token"]).status_code == 200


def test_the_window_is_not_extended_by_reuse(settled: AuthHarness) -> None:
    """AS-53: sixty seconds from the first use."""
    client = settled.register()
    first = settled.tokens(client)
    settled.refresh(client, first["refresh_token"])
    with later(seconds=50):
        assert settled.refresh(client, first["refresh_token"]).status_code == 200
    with later(seconds=70):
        assert settled.refresh(client, first["refresh_token"]).status_code == 400


def test_a_window_of_zero_is_strict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """AS-53: every reuse revokes."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    auth = AuthHarness(auth_settings(tmp_path, refresh_grace=0))
    auth.create_user()
    auth.sign_in()
    client = auth.register()
    first = auth.tokens(client)
    second = auth.refresh(client, first["refresh_token"]).json()
    assert auth.refresh(client, first["refresh_token"]).status_code == 400
    assert auth.introspect(second["access_token"]) == {"active": False}


def test_another_client_cannot_use_a_refresh_token(settled: AuthHarness) -> None:
    """AS-54, OAuth 2.1 §4.3.1: and does not spoil it."""
    client, other = settled.register(), settled.register()
    tokens = settled.tokens(client)
    assert error_of(settled.refresh(other, tokens["refresh_token"])) == (400, "invalid_grant")
    assert settled.refresh(client, tokens["refresh_token"]).status_code == 200


def test_a_refresh_cannot_widen_the_scope(settled: AuthHarness) -> None:
    """AS-54, OAuth 2.1 §4.3.1."""
    client = settled.register()
    tokens = settled.tokens(client, scope="memory:read")
    refused = settled.refresh(client, tokens["refresh_token"], scope="memory:read memory:write")
    assert error_of(refused) == (400, "invalid_scope")


def test_a_refresh_may_name_offline_access(settled: AuthHarness) -> None:
    """AS-54, OAuth 2.1 §4.3.1: Codex adds it to what it was granted, at every refresh."""
    client = settled.register()
    tokens = settled.tokens(client, scope="memory:read")
    answer = settled.refresh(client, tokens["refresh_token"], scope="memory:read offline_access")
    assert answer.json()["scope"] == "memory:read"


def test_a_narrowed_refresh_leaves_the_granted_scope_as_it_was(settled: AuthHarness) -> None:
    """AS-54, OAuth 2.1 §4.3.3: the next refresh without `scope` has all of it again."""
    client = settled.register()
    tokens = settled.tokens(client, scope="memory:read memory:write")
    narrowed = settled.refresh(client, tokens["refresh_token"], scope="memory:read").json()
    assert narrowed["scope"] == "memory:read"
    assert settled.refresh(client, narrowed["refresh_token"]).json()["scope"] == "memory:read memory:write"


def test_a_refresh_follows_an_edit_of_the_grant(settled: AuthHarness) -> None:
    """AS-54, AS-65: what the person took back stays back."""
    client = settled.register()
    tokens = settled.tokens(client, scope="memory:read memory:write")
    with settled.database() as session:
        grant = session.get_one(Grant, settled.introspect(tokens["access_token"])["grant_id"])
        edit_grant(session, grant, revision=1, scopes=(Scope.MEMORY_READ,), details=grant.details)
    assert settled.refresh(client, tokens["refresh_token"]).json()["scope"] == "memory:read"


def test_a_client_that_names_its_scope_gets_what_an_edit_left_of_it(settled: AuthHarness) -> None:
    """AS-54, OAuth 2.1 §1.4.1: it cannot know what the person took back; nothing left is an error."""
    client = settled.register()
    granted = "memory:read memory:write"
    tokens = settled.tokens(client, scope=granted)
    with settled.database() as session:
        grant = session.get_one(Grant, settled.introspect(tokens["access_token"])["grant_id"])
        edit_grant(session, grant, revision=1, scopes=(Scope.MEMORY_READ,), details=grant.details)
    left = settled.refresh(client, tokens["refresh_token"], scope=granted).json()
    assert left["scope"] == "memory:read"
    refused = settled.refresh(client, left["refresh_token"], scope="memory:write")
    assert error_of(refused) == (400, "invalid_scope")


def test_an_idle_refresh_token_expires(ada: AuthHarness) -> None:
    """AS-55, AS-56, OAuth 2.1 §4.3.3: thirty days without use."""
    client = ada.register()
    tokens = ada.tokens(client)
    with later(days=29):
        tokens = ada.refresh(client, tokens["refresh_token"]).json()
    with later(days=58):
        tokens = ada.refresh(client, tokens["refresh_token"]).json()
    with later(days=89):
        assert error_of(ada.refresh(client, tokens["refresh_token"])) == (400, "invalid_grant")


@pytest.mark.parametrize("lifetime", [DAY, 180 * DAY])
def test_no_refresh_token_outlives_its_grant(ada: AuthHarness, lifetime: int) -> None:
    """AS-55, OAuth 2.1 §4.3.3: the lifetime a person chose, at most 180 days, ends the family however busy it is."""
    client = ada.register()
    tokens = ada.tokens(client, choices={"lifetime": [str(lifetime)]})
    step = lifetime / 8
    for n in range(1, 8):
        with later(seconds=n * step):
            tokens = ada.refresh(client, tokens["refresh_token"]).json()
    with later(seconds=lifetime + 1):
        assert error_of(ada.refresh(client, tokens["refresh_token"])) == (400, "invalid_grant")


def test_an_access_token_does_not_outlive_its_grant(ada: AuthHarness) -> None:
    """AS-55: a token made in the last minutes of a grant is that much shorter."""
    client = ada.register()
    tokens = ada.tokens(client, choices={"lifetime": ["3600"]})
    with later(seconds=3500):
        assert ada.refresh(client, tokens["refresh_token"]).json()["expires_in"] <= 100


@pytest.mark.parametrize(
    ("grant_types", "scope", "expected"),
    [
        (["authorization_code", "refresh_token"], "memory:read", True),
        (["authorization_code"], "memory:read offline_access", True),
        (["authorization_code"], "memory:read", False),
        (None, "openid email", True),
    ],
)
def test_who_gets_a_refresh_token(
    settled: AuthHarness, grant_types: list[str] | None, scope: str, *, expected: bool
) -> None:
    """AS-56, SEP-2207: by the registered grant types, or by offline_access; the scope is not needed otherwise."""
    metadata = {"grant_types": grant_types} if grant_types else {}
    assert ("refresh_token" in settled.tokens(settled.register(**metadata), scope=scope)) is expected


@pytest.mark.parametrize("token", ["rt_unknown", "unknown", "ac_" + "a" * 43, "\x00", "eyJhbGciOiJub25lIn0.e30."])
def test_an_unknown_refresh_token_is_an_invalid_grant(settled: AuthHarness, token: str) -> None:
    """AS-56, AS-95, OAuth 2.1 §3.2.4: clients take it as the sign to ask the person again."""
    assert error_of(settled.refresh(settled.register(), token)) == (400, "invalid_grant")
