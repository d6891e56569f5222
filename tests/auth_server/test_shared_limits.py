"""Limits that several authorization servers count together in Redis, and what holds while it is gone."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.auth_harness import PASSWORD, AuthHarness, auth_settings, later
from tests.redis_server import RedisServer
from tests.spec.sign_in_steps import attempt

pytestmark = pytest.mark.usefixtures("redis_server")


@pytest.fixture
def pair(
    tmp_path: Path, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[AuthHarness, AuthHarness]]:
    """Two servers on one data folder and one Redis; Ada has an account."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    settings = auth_settings(tmp_path, redis_url=redis_server.url)
    one, other = AuthHarness(settings), AuthHarness(settings)
    one.create_user()
    with one.http, other.http:
        yield one, other


def guesses(server: AuthHarness, count: int, account: str = "{}@example.org") -> list[int]:
    """The answers to wrong passwords from one address, each for another account."""
    return [attempt(server, account.format(f"{id(server)}-{number}")).status_code for number in range(count)]


def test_two_servers_count_sign_ins_together(pair: tuple[AuthHarness, AuthHarness]) -> None:
    """AS-33, OAuth 2.1 §7.7: a load balancer gives nobody twice the guesses."""
    one, other = pair
    assert guesses(one, 6) + guesses(other, 5) == [400] * 10 + [429]
    assert attempt(one).status_code == 429


def test_a_right_password_clears_the_account_at_both(pair: tuple[AuthHarness, AuthHarness]) -> None:
    """AS-33: nobody waits at one server for what another has forgiven."""
    one, other = pair
    for number in range(9):
        attempt(one, browser=one.browser_at(f"192.0.2.{number}"))
    assert attempt(other, password=PASSWORD).status_code == 303
    assert attempt(one, browser=one.browser_at("192.0.2.99")).status_code == 400
    assert attempt(one, browser=one.browser_at("192.0.2.98")).status_code == 400


def test_a_redis_that_is_gone_opens_no_door(pair: tuple[AuthHarness, AuthHarness], redis_server: RedisServer) -> None:
    """AS-33: each server then keeps to what it counted itself, and no request fails."""
    one, _ = pair
    assert guesses(one, 10) == [400] * 10
    redis_server.kill()
    assert attempt(one, "somebody@example.org").status_code == 429
    assert attempt(one, password=PASSWORD, browser=one.browser_at("192.0.2.7")).status_code == 303


def test_a_redis_that_comes_back_empty_opens_no_door(
    pair: tuple[AuthHarness, AuthHarness], redis_server: RedisServer
) -> None:
    """AS-33: and servers count together again within seconds."""
    one, other = pair
    assert guesses(one, 10) == [400] * 10
    redis_server.kill()
    assert attempt(one, "somebody@example.org").status_code == 429
    assert attempt(other).status_code == 400
    redis_server.start()
    with later(seconds=6):
        assert attempt(one, "somebody@example.org").status_code == 429
        assert guesses(other, 9) == [400] * 9
        assert attempt(other, "anybody@example.org").status_code == 429
        assert redis_server.keys()


def test_a_silent_redis_is_one_line_in_the_log(
    pair: tuple[AuthHarness, AuthHarness], redis_server: RedisServer
) -> None:
    """However many requests meet it; its address, which may hold a password, is not told."""
    one, _ = pair
    redis_server.kill()
    with capture_logs() as lines:
        guesses(one, 3)
        with later(seconds=6):
            guesses(one, 3)
    assert [line["log_level"] for line in lines if line["event"] == "redis_is_silent"] == ["warning"]
    assert "127.0.0.1" not in str([line for line in lines if line["event"] == "redis_is_silent"])


def test_a_server_starts_without_its_redis(
    tmp_path: Path, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What counts attempts is no reason to let nobody in."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    redis_server.kill()
    with served(AuthHarness(auth_settings(tmp_path, redis_url=redis_server.url))) as server:
        assert guesses(server, 11) == [400] * 10 + [429]


@contextmanager
def served(server: AuthHarness) -> Iterator[AuthHarness]:
    """The server between its start and its end."""
    with server.http:
        yield server
