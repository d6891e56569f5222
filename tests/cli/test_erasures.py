"""`ostiary users verify-erasure`: certificates of this installation, and nothing else."""

import json
from pathlib import Path

import pytest

from auth_server.app import open_services
from auth_server.membership.erasure_certificates import certificate
from auth_server.membership.erasures import acknowledge, delete_account
from auth_server.people import create_user
from auth_server.settings import Settings
from shared.database import unit_of_work
from tests.auth_harness import PASSWORD
from tests.cli.invoking import refuse, run


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The certificate of somebody who is gone."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("OSTIARY_DATA_DIR", str(tmp_path / "data"))
    services = open_services(Settings(data_dir=tmp_path / "data"))
    with unit_of_work(services.engine) as session:
        user = create_user(session, "grace@example.org", PASSWORD)
        erasure = delete_account(session, services.settings, user).erasure
        acknowledge(session, erasure.id, {"vault": "destroyed", "bytes_destroyed": 4096})
        made = certificate(session, services.settings, services.signing_seal, erasure)
    services.engine.dispose()
    written = tmp_path / "certificate.json"
    written.write_text(json.dumps(made))
    return written


def test_a_genuine_certificate_is_told_with_what_it_says(file: Path) -> None:
    said = run("users", "verify-erasure", str(file))
    assert said.startswith("Genuine")
    assert "bytes destroyed: 4096" in said


def test_a_changed_certificate_is_refused(file: Path) -> None:
    file.write_text(file.read_text().replace("4096", "1"))
    assert "not what was signed" in refuse("users", "verify-erasure", str(file))


def test_a_signature_of_another_key_is_refused(file: Path) -> None:
    document = json.loads(file.read_text())
    document["jws"] = "eyJraWQiOiAiYSJ9.e30.e30"
    file.write_text(json.dumps(document))
    assert "not this installation" in refuse("users", "verify-erasure", str(file))


def test_what_is_no_certificate_is_refused(file: Path) -> None:
    file.write_bytes(b"\xff\x00")
    assert "not a certificate" in refuse("users", "verify-erasure", str(file))
