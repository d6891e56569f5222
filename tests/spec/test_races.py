"""Requests at the same instant, over real connections: exactly one wins, and nobody is harmed (OAuth 2.1 §4.1.3)."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import httpx2
import pytest

from tests.auth_harness import VERIFIER, AuthHarness, auth_settings
from tests.consent_form import PASSWORD, form_fields
from tests.loopback import LOOPBACK
from tests.servers import RunningServer, free_port

AT_ONCE = 12


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AuthHarness]:
    """A server with Ada signed in, whose application listens on a port as well."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    port = free_port()
    auth = AuthHarness(auth_settings(tmp_path, issuer=f"http://localhost:{port}"))
    auth.create_user()
    auth.sign_in()
    server = RunningServer(auth.app, port)
    yield auth
    server.stop()


def at_once(request: Callable[[], httpx2.Response]) -> list[httpx2.Response]:
    """The same request from many threads, which start together."""
    barrier = Barrier(AT_ONCE)

    def together() -> httpx2.Response:
        barrier.wait()
        return request()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return [future.result() for future in [pool.submit(together) for _ in range(AT_ONCE)]]


def posting(auth: AuthHarness, form: dict[str, Any]) -> Callable[[], httpx2.Response]:
    return lambda: httpx2.post(f"{auth.settings.issuer}/token", data=form, timeout=30, **LOOPBACK)


def test_of_many_redemptions_one_wins(running: AuthHarness) -> None:
    """AS-45, OAuth 2.1 §4.1.3: the others get invalid_grant, and the winner's tokens work."""
    client = running.register()
    form = {
        "grant_type": "authorization_code",
        "client_id": client.id,
        "code": running.approve(client)["code"],
        "code_verifier": VERIFIER,
    }
    answers = at_once(posting(running, form))
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * (AT_ONCE - 1)
    assert {answer.json().get("error") for answer in answers} == {None, "invalid_grant"}
    tokens = next(answer.json() for answer in answers if answer.status_code == 200)
    assert running.introspect(tokens["access_token"])["active"] is True
    assert running.refresh(client, tokens["refresh_token"]).status_code == 200


def test_many_refreshes_get_one_successor(running: AuthHarness) -> None:
    """AS-53, OAuth 2.1 §4.3.1: parallel sessions of one app share a refresh token; none of them is signed out."""
    client = running.register()
    form = {
        "grant_type": "refresh_token",
        "client_id": client.id,
        "refresh_token": running.tokens(client)["refresh_token"],
    }
    answers = at_once(posting(running, form))
    assert [answer.status_code for answer in answers] == [200] * AT_ONCE
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1
    assert all(running.introspect(answer.json()["access_token"])["active"] for answer in answers)


def test_of_many_edits_of_one_revision_one_wins(running: AuthHarness) -> None:
    """AS-115: each sends a form of the same revision; the others get 409, and the grant is edited once."""
    tokens = running.tokens(running.register(), choices={"read": ["personal", "work"], "write": ["personal"]})
    action = f"/account/grants/{running.introspect(tokens['access_token'])['grant_id']}"
    form = form_fields(running.http.get(action).text, action) | {"read": ["work"]}
    cookies, origin = dict(running.http.cookies), {"Origin": running.settings.issuer}
    address = f"{running.settings.issuer}{action}"

    def edit() -> httpx2.Response:
        return httpx2.post(address, data=form, cookies=cookies, headers=origin, timeout=30, **LOOPBACK)

    assert sorted(answer.status_code for answer in at_once(edit)) == [303] + [409] * (AT_ONCE - 1)
    assert running.introspect(tokens["access_token"])["grant_rev"] == 2


def test_of_many_answers_to_the_form_of_a_key_one_makes_it(running: AuthHarness) -> None:
    """AS-96: a page that is sent again, however fast, makes no second key."""
    form = form_fields(running.http.get("/account/keys/new").text, "/account/keys")
    sent = form | {"name": "Backup", "password": PASSWORD}
    cookies, origin = dict(running.http.cookies), {"Origin": running.settings.issuer}
    address = f"{running.settings.issuer}/account/keys"

    def make() -> httpx2.Response:
        return httpx2.post(address, data=sent, cookies=cookies, headers=origin, timeout=30, **LOOPBACK)

    statuses = [answer.status_code for answer in at_once(make)]
    assert statuses.count(200) == 1
    # 429 and 503: too many passwords were tried, or waited to be verified, at once.
    assert set(statuses) <= {200, 409, 429, 503}
    assert running.http.get("/account/keys").text.count("Replace or revoke") == 1


def test_a_code_can_be_redeemed_the_moment_it_arrives(running: AuthHarness) -> None:
    """The FastAPI trap of late commits: what an answer names is in the database before the answer leaves."""
    client = running.register()
    for _ in range(10):
        code = running.approve(client)["code"]
        form = {"grant_type": "authorization_code", "client_id": client.id, "code": code, "code_verifier": VERIFIER}
        assert posting(running, form)().status_code == 200
