"""RFC 7592: how often registrations change, per client, network and altogether."""

from pathlib import Path

import pytest

from auth_server.oauth.change_limits import OF_ONE_CLIENT
from tests.auth_harness import AuthHarness, auth_settings, error_of, later
from tests.spec.client_configuration import configuring, replacing


def test_what_changes_nothing_leaves_no_trace(settled: AuthHarness) -> None:
    """RFC 7592 §2.2: clients send at every start what is registered already; the audit table keeps every line."""
    client = settled.register(client_name="First")
    before = settled.audited(client.id)
    answers = [replacing(settled, client).json() for _ in range(3)]
    assert {answer["client_name"] for answer in answers} == {"First"}
    assert settled.audited(client.id) == before
    replacing(settled, client, client_uri="https://app.example.com")
    assert settled.audited(client.id) == [*before, "client_changed"]


def test_one_client_changes_its_registration_so_often_and_no_more(ada: AuthHarness) -> None:
    """RFC 7592 §5, AS-70: 429 with Retry-After, from whatever address; another one's share is untouched."""
    client, other = ada.register(), ada.register()
    for number in range(OF_ONE_CLIENT):
        ada.http = ada.browser_at(f"192.0.2.{number}")
        assert replacing(ada, client, client_name=f"App {number}").status_code == 200
    refused = replacing(ada, client, client_name="Once more")
    assert error_of(refused) == (429, "temporarily_unavailable")
    assert "retry-after" in refused.headers
    assert configuring(ada, client, "DELETE").status_code == 429
    assert configuring(ada, client, "GET").json()["client_name"] == f"App {OF_ONE_CLIENT - 1}"
    assert replacing(ada, other, client_name="Another").status_code == 200
    with later(minutes=61):
        assert replacing(ada, other, client_name="Later").status_code == 200


def test_one_network_changes_registrations_so_often_and_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 7592 §5, AS-70: also of clients that do not exist; reading and registering have limits of their own."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    auth = AuthHarness(auth_settings(tmp_path, registrations_per_hour=3))
    client = auth.register()
    unknown = [auth.http.put("/register/cli_x", json={}).status_code for _ in range(4)]
    assert unknown == [401, 401, 401, 429]
    assert configuring(auth, client, "DELETE").status_code == 429
    assert configuring(auth, client, "GET").status_code == 200
    assert auth.register()
    auth.http = auth.browser_at("192.0.2.1")
    assert configuring(auth, client, "DELETE").status_code == 204


def test_all_clients_together_change_so_often_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 7592 §5, AS-70: ten times as many as one network."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    auth = AuthHarness(auth_settings(tmp_path, registrations_per_hour=1))
    client, statuses = auth.register(), []
    for number in range(11):
        auth.http = auth.browser_at(f"192.0.2.{number}")
        statuses.append(replacing(auth, client, client_name=f"App {number}").status_code)
    assert statuses == [200] * 10 + [429]
