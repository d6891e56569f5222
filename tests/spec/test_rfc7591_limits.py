"""RFC 7591 §5: how much registration an installation bears, and which registrations it forgets."""

from pathlib import Path

import pytest
from sqlmodel import select

from auth_server.models import Client, Grant
from auth_server.oauth.entered_clients import enter_client
from auth_server.trust.client_administration import trust_client
from auth_server.trust.known_apps import AppName, draft
from auth_server.trust.rules import RegistrationMode, set_registration_mode
from shared.clock import now
from tests.auth_harness import CALLBACK, AuthHarness, auth_settings, later
from tests.document_clients import CLAUDE, publish
from tests.document_host import DocumentHost
from tests.spec.registration_steps import registering


def test_a_body_beyond_64_kilobytes_is_refused(settled: AuthHarness) -> None:
    """AS-70."""
    assert registering(settled, client_name="x" * 70_000).status_code == 413


def test_registrations_are_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """AS-70: per address, answered with 429 and Retry-After; an hour later there is room again."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    auth = AuthHarness(auth_settings(tmp_path, registrations_per_hour=3, trusted_proxies="127.0.0.0/8"))
    auth.http = auth.browser_at("127.0.0.1")
    statuses = [registering(auth).status_code for _ in range(4)]
    assert statuses == [201, 201, 201, 429]
    refused = registering(auth)
    assert (refused.json()["error"], "retry-after" in refused.headers) == ("temporarily_unavailable", True)
    behind_proxy = auth.http.post(
        "/register", json={"redirect_uris": [CALLBACK]}, headers={"X-Forwarded-For": "192.0.2.7"}
    )
    assert behind_proxy.status_code == 201
    with later(minutes=61):
        assert registering(auth).status_code == 201


def test_a_household_of_ipv6_addresses_registers_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """AS-70: whoever has one /64 cannot register from each of its addresses."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    auth = AuthHarness(auth_settings(tmp_path, registrations_per_hour=1))
    statuses = []
    for address in ("2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"):
        auth.http = auth.browser_at(address)
        statuses.append(registering(auth).status_code)
    assert statuses == [201, 429, 201]


def test_all_addresses_together_are_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """AS-70: ten times as many from everywhere."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    auth = AuthHarness(auth_settings(tmp_path, registrations_per_hour=1))
    statuses = []
    for host in range(11):
        auth.http = auth.browser_at(f"192.0.2.{host}")
        statuses.append(registering(auth).status_code)
    assert statuses == [201] * 10 + [429]


def turn(auth: AuthHarness, mode: RegistrationMode) -> None:
    """The administrator's decision."""
    with auth.database() as session:
        set_registration_mode(session, mode)


def remaining(auth: AuthHarness) -> set[str]:
    with auth.database() as session:
        return set(session.exec(select(Client.client_id)))


def test_a_client_that_never_reached_consent_dies_after_an_hour(ada: AuthHarness) -> None:
    """AS-70: repeated registrations do not pile up."""
    unseen = ada.register()
    with later(minutes=59):
        ada.register()
        assert unseen.id in remaining(ada)
    with later(minutes=61):
        ada.register()
        assert unseen.id not in remaining(ada)


@pytest.mark.parametrize("mode", [RegistrationMode.TOKEN, RegistrationMode.OFF])
def test_who_knocks_in_vain_still_cleans_up(ada: AuthHarness, mode: RegistrationMode) -> None:
    """AS-70, AS-80: where nobody may register, unused clients die all the same."""
    unseen = ada.register()
    turn(ada, mode)
    assert unseen.id in remaining(ada)
    with later(minutes=61):
        assert registering(ada).status_code in (401, 403)
        assert unseen.id not in remaining(ada)


def test_turning_the_switch_and_starting_clean_up(ada: AuthHarness) -> None:
    """AS-70, AS-80."""
    unseen = ada.register()
    with later(minutes=61):
        turn(ada, RegistrationMode.OFF)
        assert unseen.id not in remaining(ada)
        turn(ada, RegistrationMode.OPEN)
        unseen = ada.register()
    with later(minutes=123):
        AuthHarness(ada.settings)
        assert unseen.id not in remaining(ada)


def test_a_client_that_never_held_a_grant_dies_after_thirty_days(ada: AuthHarness) -> None:
    """AS-70: somebody saw its consent page and did not go on."""
    shown = ada.register()
    assert ada.authorize(shown).status_code == 200
    with later(days=29):
        ada.register()
        assert shown.id in remaining(ada)
    with later(days=31):
        ada.register()
        assert shown.id not in remaining(ada)


def test_a_client_whose_page_is_open_lives_on(ada: AuthHarness) -> None:
    """AS-70: also after thirty days, as long as the form in front of a person is good."""
    shown = ada.register()
    assert ada.authorize(shown).status_code == 200
    with later(days=31):
        ada.sign_in()
        assert ada.authorize(shown).status_code == 200
        with later(minutes=4):
            assert ada.authorize(shown).status_code == 200
        with later(minutes=19):
            ada.register()
            assert shown.id in remaining(ada)
        with later(minutes=21):
            ada.register()
            assert shown.id not in remaining(ada)


def test_a_client_with_a_grant_lives_on(ada: AuthHarness) -> None:
    """AS-70: however long it is idle, and also when the grant has ended."""
    used = ada.connected_client()
    with ada.database() as session:
        for grant in session.exec(select(Grant)):
            grant.revoked_at = now()
            session.add(grant)
    with later(days=400):
        ada.register()
        assert used.id in remaining(ada)


def test_a_client_an_administrator_entered_or_vouched_for_lives_on(ada: AuthHarness) -> None:
    """AS-70: nobody has to connect within the hour; only what registered itself and was left alone goes away."""
    vouched_for, left_alone = ada.register(), ada.register()
    with ada.database() as session:
        entered = enter_client(session, ada.settings, draft(AppName.CLAUDE)).client.client_id
        trust_client(session, session.get_one(Client, vouched_for.id))
    with later(days=400):
        ada.register()
        assert remaining(ada) >= {entered, vouched_for.id}
        assert left_alone.id not in remaining(ada)


def test_a_registration_leaves_what_documents_described_alone(
    reading: AuthHarness, document_host: DocumentHost
) -> None:
    """AS-70, AS-77: their rows are a cache, which has limits of its own."""
    assert reading.authorize(publish(document_host, CLAUDE)).status_code == 200
    with later(days=400):
        reading.register()
        assert CLAUDE in remaining(reading)
