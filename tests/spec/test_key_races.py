"""Keys replaced at the same instant, over real connections: one wins, the others are told (AS-63, AS-96)."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlmodel import col, select

from auth_server.keys.api_keys import KeyDraft, create_key
from auth_server.keys.service_accounts import service_account
from auth_server.models import ApiKey, SigningKey
from auth_server.signing_keys import CACHE_SECONDS
from shared.authorization_details import parse_details
from shared.clock import now
from shared.scopes import DEFAULT_SCOPES, Scope
from tests.auth_harness import AuthHarness, auth_settings
from tests.loopback import LOOPBACK
from tests.servers import RunningServer, free_port
from tests.spec.test_races import AT_ONCE, at_once

PERSONAL = parse_details([{"type": "memory", "actions": ["read"], "namespaces": ["personal"]}])


@pytest.fixture
def pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[AuthHarness]]:
    """Two servers on one data folder, as two processes are, each on a port."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    ports = [free_port(), free_port()]
    servers = [AuthHarness(auth_settings(tmp_path, issuer=f"http://localhost:{port}")) for port in ports]
    running = [RunningServer(server.app, port) for server, port in zip(servers, ports, strict=True)]
    for server in servers:
        server.http.get("/admin/api/openapi.json")  # FastAPI makes its routes ready at the first request, in one thread
    yield servers
    for server in running:
        server.stop()


@pytest.fixture
def administrator(pair: list[AuthHarness]) -> dict[str, str]:
    """The header of an administrator's key."""
    person = pair[0].create_user(is_admin=True)
    with pair[0].database() as session:
        key = create_key(session, person, KeyDraft("script", (Scope.ADMIN,), ()))
    return {"Authorization": f"Bearer {key.secret}"}


def asking(pair: list[AuthHarness], path: str, headers: dict[str, str], body: Any = None) -> Any:
    """The same request, now to one server and then to the other."""
    turns = iter(list(pair) * AT_ONCE)

    def ask() -> httpx2.Response:
        url = f"{next(turns).settings.issuer}/admin/api{path}"
        return httpx2.post(url, json=body, headers=headers, timeout=30, **LOOPBACK)

    return ask


def test_of_many_rotations_of_the_signing_key_one_happens(
    pair: list[AuthHarness], administrator: dict[str, str]
) -> None:
    """AS-63: two servers rotate one installation's keys; one key signs afterwards, and one comes next."""
    with pair[0].database() as session:
        waiting = session.exec(select(SigningKey).where(col(SigningKey.activated_at).is_(None))).one()
        waiting.created_at = now() - timedelta(seconds=CACHE_SECONDS + 1)
    answers = at_once(asking(pair, "/signing-keys/rotate", administrator))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * (AT_ONCE - 1)
    with pair[0].database() as session:
        keys = session.exec(select(SigningKey)).all()
    states = [(key.activated_at is not None, key.retired_at is not None) for key in keys]
    assert sorted(states) == [(False, False), (True, False), (True, True)]


def test_of_many_replacements_of_a_key_one_happens(pair: list[AuthHarness], administrator: dict[str, str]) -> None:
    """AS-96: one successor, whose secret one caller learns; the others are told that it was replaced."""
    with pair[0].database() as session:
        service = create_key(session, service_of(session), KeyDraft("robot", DEFAULT_SCOPES, PERSONAL)).key
    answers = at_once(asking(pair, f"/keys/{service.id}/rotate", administrator, {"overlap_seconds": 0}))
    assert sorted(answer.status_code for answer in answers)[0] == 201
    assert [answer.status_code for answer in answers].count(201) == 1
    assert all(answer.status_code in (201, 409, 422) for answer in answers)
    with pair[0].database() as session:
        assert len(session.exec(select(ApiKey).where(ApiKey.name == "robot")).all()) == 2


def service_of(session: Any) -> Any:
    """A service account."""
    return service_account(session, "robot", by="test")
