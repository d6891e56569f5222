"""The first start: what exists afterwards, also when two workers start at once."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlmodel import select

from auth_server.app import open_services
from auth_server.models import ResourceServer, SigningKey
from shared.database import unit_of_work
from shared.master_key import MasterKeyError
from tests.auth_harness import AuthHarness, auth_settings


def test_workers_that_start_at_once_agree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One installation, one key, two signing keys, one credential."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    settings = auth_settings(tmp_path)
    with ThreadPoolExecutor(4) as pool:
        started = [future.result() for future in [pool.submit(open_services, settings) for _ in range(4)]]
    assert len({services.installation.id for services in started}) == 1
    assert len({services.master_key.id for services in started}) == 1
    with unit_of_work(started[0].engine) as session:
        assert len(session.exec(select(SigningKey)).all()) == 2
        assert len(session.exec(select(ResourceServer)).all()) == 1
    for services in started:
        services.engine.dispose()


def test_a_deleted_credential_opens_nothing_any_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next start makes another, and whoever kept a copy of the old one is refused."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    first = AuthHarness(auth_settings(tmp_path))
    old = first.resource_credential
    assert first.http.get("/internal/changes", headers=old).status_code == 200
    first.settings.effective_credential_file.unlink()
    second = AuthHarness(auth_settings(tmp_path))
    assert second.http.get("/internal/changes", headers=old).status_code == 401
    assert second.http.get("/internal/changes", headers=second.resource_credential).status_code == 200


def test_the_master_key_lies_outside_of_the_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy of the data folder signs nothing."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    services = open_services(auth_settings(tmp_path))
    services.engine.dispose()
    key = Path(services.master_key.source)
    assert not key.is_relative_to(services.settings.data_dir)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_a_lost_master_key_stops_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rather than replacing it and making what it sealed unreadable."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    services = open_services(auth_settings(tmp_path))
    services.engine.dispose()
    Path(services.master_key.source).unlink()
    with pytest.raises(MasterKeyError, match="OSTIARY_MASTER_KEY_FILE"):
        open_services(auth_settings(tmp_path))


def test_another_master_key_stops_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a readable line, rather than with tokens that cannot be signed."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    open_services(auth_settings(tmp_path)).engine.dispose()
    with pytest.raises(MasterKeyError, match="not the master key"):
        open_services(auth_settings(tmp_path, master_key="A" * 43))
