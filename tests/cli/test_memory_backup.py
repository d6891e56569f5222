"""`ostiary memory backup`: one vault in a file that opens in the vault's place, and tells nobody else anything."""

from pathlib import Path

import pytest

from tests.auth_harness import AuthHarness
from tests.cli.invoking import refuse, run
from tests.cli.memory_vaults import PERSON, remember


@pytest.fixture
def data_dir(beside: AuthHarness) -> Path:
    """An installation with one vault."""
    remember(beside.settings.data_dir, "dark coffee")
    return beside.settings.data_dir


def test_a_backup_opens_in_the_vaults_place(data_dir: Path, tmp_path: Path) -> None:
    file = tmp_path / "ada.db"
    assert PERSON in run("memory", "backup", str(file))
    assert file.stat().st_mode & 0o777 == 0o600
    assert b"coffee" not in file.read_bytes()
    vault = data_dir / "vaults" / f"{PERSON}.db"
    for suffix in ("-wal", "-shm"):
        vault.with_name(vault.name + suffix).unlink(missing_ok=True)
    file.replace(vault)
    assert "dark coffee" in run("memory", "list", "--user", PERSON)


def test_a_file_that_is_there_is_left_alone(data_dir: Path, tmp_path: Path) -> None:
    file = tmp_path / "ada.db"
    file.write_text("mine")
    assert "new file" in refuse("memory", "backup", str(file))
    assert file.read_text() == "mine"
    assert data_dir.exists()
