"""RFC 9700 §4.13 and OAuth 2.1 §7.7: guessing is slowed, and nobody locks another person out."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import time_machine
from argon2 import PasswordHasher
from sqlmodel import select

from auth_server.models import User
from tests.auth_harness import PASSWORD, AuthHarness, auth_settings
from tests.spec.sign_in_steps import EMAIL, NOON, attempt

LONG_AGO = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Parameters of a hash that takes no time, as an account has it that nobody signed in to for long."""


def test_the_eleventh_attempt_at_an_account_waits(auth: AuthHarness) -> None:
    """AS-33, RFC 9700 §4.13: from any address; after a quarter of an hour the account is open again."""
    auth.create_user()
    keep_an_old_hash(auth)
    with time_machine.travel(NOON, tick=False) as clock:
        for number in range(10):
            assert from_address(auth, f"192.0.2.{number}").status_code == 400
        refused = from_address(auth, "192.0.2.99", password=PASSWORD)
        assert refused.status_code == 429
        assert 0 < int(refused.headers["retry-after"]) <= 15 * 60
        clock.shift(timedelta(minutes=15, seconds=1))
        assert from_address(auth, "192.0.2.99", password=PASSWORD).status_code == 303


def test_who_keeps_guessing_waits_for_hours(auth: AuthHarness) -> None:
    """AS-33: the delay grows: the sixth window of guesses at one account has to wait until the next day."""
    auth.create_user()
    keep_an_old_hash(auth)
    with time_machine.travel(NOON, tick=False) as clock:
        for window in range(5):
            for number in range(10):
                assert from_address(auth, f"192.0.{window}.{number}").status_code == 400
            clock.shift(timedelta(minutes=16))
        refused = from_address(auth, "192.0.2.99")
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) > 12 * 60 * 60


def test_an_unknown_account_is_limited_like_a_known_one(auth: AuthHarness) -> None:
    """AS-33, AS-34: the limit tells nobody who has an account."""
    answers = [from_address(auth, f"192.0.2.{number}", email="nobody@example.org") for number in range(11)]
    assert [answer.status_code for answer in answers] == [400] * 10 + [429]


def test_one_address_has_ten_attempts_whoever_it_tries(auth: AuthHarness) -> None:
    """AS-33, RFC 9700 §4.13."""
    answers = [from_address(auth, "198.51.100.7", email=f"{number}@example.org") for number in range(11)]
    assert [answer.status_code for answer in answers] == [400] * 10 + [429]
    assert from_address(auth, "198.51.100.8", email="11@example.org").status_code == 400


def test_a_household_of_ipv6_addresses_is_one_address(auth: AuthHarness) -> None:
    """AS-33: whoever has one /64 has four billion times four billion addresses."""
    answers = [from_address(auth, f"2001:db8::{number}", email=f"{number}@example.org") for number in range(1, 12)]
    assert answers[-1].status_code == 429


def test_a_device_that_signed_in_before_is_not_locked_out(auth: AuthHarness) -> None:
    """AS-33: somebody else's guesses at an account do not stop its owner at their own browser."""
    auth.create_user()
    auth.sign_in()
    keep_an_old_hash(auth)
    auth.http.cookies.delete(auth.app.state.page_services.cookies.session)
    for number in range(11):
        last = from_address(auth, f"192.0.2.{number}")
    assert last.status_code == 429
    assert attempt(auth, password=PASSWORD, browser=auth.http).status_code == 303


def test_a_known_device_has_a_limit_of_its_own(auth: AuthHarness) -> None:
    """AS-33: a stolen device cookie is no licence to guess."""
    auth.create_user()
    auth.sign_in()
    keep_an_old_hash(auth)
    device = dict(auth.http.cookies)[auth.app.state.page_services.cookies.device]
    assert [from_address(auth, f"192.0.3.{number}").status_code for number in range(11)][-1] == 429
    answers = [from_address(auth, f"192.0.2.{number}", device=device) for number in range(11)]
    assert [answer.status_code for answer in answers] == [400] * 10 + [429]


def test_signing_in_rightly_uses_up_nothing(auth: AuthHarness) -> None:
    """AS-33: a household, an office or a test suite behind one address signs in as often as it likes."""
    auth.create_user()
    answers = [from_address(auth, "198.51.100.7", password=PASSWORD) for _ in range(11)]
    assert {answer.status_code for answer in answers} == {303}


def test_a_right_password_does_not_forgive_the_addresss_wrong_ones(auth: AuthHarness) -> None:
    """AS-33: an account of one's own is no licence to try everybody else's."""
    auth.create_user()
    for number in range(10):
        assert from_address(auth, "198.51.100.7", email=f"{number}@example.org").status_code == 400
        if number == 8:
            assert from_address(auth, "198.51.100.7", password=PASSWORD).status_code == 303
    assert from_address(auth, "198.51.100.7", email="11@example.org").status_code == 429


def test_guesses_next_door_do_not_lock_out_a_known_device(auth: AuthHarness) -> None:
    """AS-33: whoever shares an address with somebody cannot keep them out."""
    auth.create_user()
    auth.sign_in()
    device = dict(auth.http.cookies)[auth.app.state.page_services.cookies.device]
    for number in range(11):
        last = from_address(auth, "198.51.100.7", email=f"{number}@example.org")
    assert last.status_code == 429
    assert from_address(auth, "198.51.100.7", password=PASSWORD, device=device).status_code == 303


def keep_an_old_hash(auth: AuthHarness) -> None:
    """The limits are the point here, and not what fifty guesses cost."""
    with auth.database() as session:
        session.exec(select(User)).one().password_hash = LONG_AGO.hash(PASSWORD)


def from_address(
    auth: AuthHarness, address: str, email: str = EMAIL, password: str = "wrong", device: str | None = None
) -> Any:
    """One attempt by a connection from `address`."""
    browser = auth.browser_at(address)
    if device:
        browser.cookies.set(auth.app.state.page_services.cookies.device, device, domain="localhost.local", path="/")
    return attempt(auth, email, password, browser=browser)


def test_forwarded_addresses_of_strangers_are_not_believed(auth: AuthHarness) -> None:
    """AS-33: the key is the real peer; a header that anybody can write does not make a new one."""
    answers = [
        attempt(auth, f"{number}@example.org", headers={"X-Forwarded-For": f"203.0.113.{number}"})
        for number in range(11)
    ]
    assert answers[-1].status_code == 429


def test_forwarded_addresses_of_a_trusted_proxy_are_the_peer(tmp_path: Path, monkeypatch: Any) -> None:
    """AS-33: behind a configured proxy people do not share one limit."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    auth = AuthHarness(auth_settings(tmp_path, trusted_proxies="10.0.0.0/8"))
    proxied = [
        attempt(
            auth,
            f"{number}@example.org",
            headers={"X-Forwarded-For": f"203.0.113.{number}"},
            browser=auth.browser_at("10.0.0.1"),
        )
        for number in range(11)
    ]
    assert {answer.status_code for answer in proxied} == {400}
