"""RFC 6585 §4, OAuth 2.1 §7.7: the token endpoint and that of devices have limits that no honest client meets."""

from pathlib import Path
from typing import Any

import pytest

from auth_server.oauth.token_limits import FAILURES_OF_CLIENT, FAILURES_OF_STRANGERS
from tests.auth_harness import AuthHarness, auth_settings, error_of, later
from tests.devices import Device
from tests.service_clients import entered_service

EGRESS, ELSEWHERE = "160.79.104.10", "192.0.2.7"
TURNED_AWAY = (429, "temporarily_unavailable")


def guess(auth: AuthHarness, number: int, client_id: str = "", at: str = EGRESS) -> Any:
    """A refresh token nobody has, from a client that does not exist unless it is named."""
    form = {"grant_type": "refresh_token", "refresh_token": f"rt_{number}", "client_id": client_id or f"cli_{number}"}
    return auth.browser_at(at).post("/token", data=form)


def test_strangers_are_turned_away_for_some_seconds(auth: AuthHarness) -> None:
    """AS-70: per network, in OAuth's form, with the time to wait."""
    statuses = [guess(auth, number).status_code for number in range(FAILURES_OF_STRANGERS.amount + 1)]
    assert set(statuses) == {401}
    refused = guess(auth, 0)
    assert (error_of(refused), refused.headers["retry-after"]) == (TURNED_AWAY, "10")
    assert guess(auth, 0, at=ELSEWHERE).status_code == 401


def test_a_client_in_a_loop_turns_away_itself_alone(ada: AuthHarness) -> None:
    """AS-33: other clients of the same egress, as those of everybody at claude.ai, go on."""
    mad, other = ada.register(), ada.register()
    tokens = ada.tokens(other)
    statuses = {guess(ada, number, mad.id).status_code for number in range(FAILURES_OF_CLIENT.amount + 1)}
    assert statuses == {400}
    assert error_of(guess(ada, 0, mad.id)) == TURNED_AWAY
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], **other.credential}
    assert ada.browser_at(EGRESS).post("/token", data=form).status_code == 200
    with later(seconds=61):
        assert guess(ada, 0, mad.id).status_code == 400


def test_sixty_people_may_refresh_at_once_from_one_egress(ada: AuthHarness) -> None:
    """AS-53: and each of their sessions may do so again within the grace."""
    client = ada.register()
    refresh_token = ada.tokens(client)["refresh_token"]
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token, **client.credential}
    browser = ada.browser_at(EGRESS)
    assert {browser.post("/token", data=form).status_code for _ in range(60)} == {200}


def test_what_succeeds_is_limited_by_client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """AS-70: a service that asks for every call leaves room for the others."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    auth = AuthHarness(auth_settings(tmp_path, token_requests_per_minute=3))
    with auth.database() as session:
        busy, other = entered_service(session), entered_service(session)
    ask = {"grant_type": "client_credentials"}
    statuses = [auth.http.post("/token", data=ask | busy.credential).status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    assert auth.http.post("/token", data=ask | other.credential).status_code == 200


def test_devices_that_wait_use_up_nothing(ada: AuthHarness) -> None:
    """RFC 8628 §3.5: a living room full of them polls."""
    app = Device(ada)
    room = [app.started().codes["device_code"] for _ in range(60)]
    for seconds in range(0, 36, 6):
        with later(seconds=seconds):
            heard = {error_of(app.poll(device_code=code)) for code in room}
            assert heard == {(400, "authorization_pending")}


def test_a_device_that_does_not_wait_is_turned_away(ada: AuthHarness) -> None:
    """RFC 8628 §3.5: each of its polls is written down, and nobody may keep us writing."""
    device = Device(ada).started()
    assert {device.poll().status_code for _ in range(FAILURES_OF_CLIENT.amount + 2)} == {400}
    assert error_of(device.poll()) == TURNED_AWAY


def test_device_codes_are_limited_for_each_network(ada: AuthHarness) -> None:
    """RFC 8628 §5.2: sixty a minute."""
    device = Device(ada)
    assert {device.ask().status_code for _ in range(60)} == {200}
    refused = device.ask()
    assert (error_of(refused), refused.headers["retry-after"]) == (TURNED_AWAY, "60")
