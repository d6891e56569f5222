"""`ostiary memory backup`: one vault in a file that opens in the vault's place, and tells nobody else anything."""

from pathlib import Path

import pytest

from resource_server.memory.records import Draft
from tests.auth_harness import AuthHarness
from tests.cli.invoking import refuse, run
from tests.cli.memory_vaults import PERSON, SIGNED, remember, stores_in


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


def test_a_restored_backup_is_what_was_there_and_the_other_is_kept(data_dir: Path, tmp_path: Path) -> None:
    file = tmp_path / "ada.db"
    run("memory", "backup", str(file))
    remember(data_dir, "green tea")
    run("memory", "restore", str(file), "--user", PERSON)
    shown = run("memory", "list", "--user", PERSON)
    assert "dark coffee" in shown
    assert "green tea" not in shown
    kept = data_dir / "vaults" / f"{PERSON}.db.replaced"
    assert kept.stat().st_mode & 0o777 == 0o600
    run("memory", "restore", str(kept), "--user", PERSON)
    assert "green tea" in run("memory", "list", "--user", PERSON)


def test_what_is_no_backup_of_this_vault_changes_nothing(data_dir: Path, tmp_path: Path) -> None:
    other = "usr_01arz3ndektsv4rrffq69g5faz"
    remember(data_dir, "a secret of somebody else", user_id=other)
    theirs, damaged, empty = tmp_path / "theirs.db", tmp_path / "damaged.db", tmp_path / "empty.db"
    run("memory", "backup", str(theirs), "--user", other)
    run("memory", "backup", str(damaged), "--user", PERSON)
    content = bytearray(damaged.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 4096] = bytes(4096)
    damaged.write_bytes(content)
    empty.touch()
    for file in (theirs, damaged, empty, tmp_path / "missing.db"):
        refuse("memory", "restore", str(file), "--user", PERSON)
        assert "dark coffee" in run("memory", "list", "--user", PERSON)
    assert [path.name for path in (data_dir / "vaults").glob("*unfinished*")] == []


def test_a_vault_that_is_open_elsewhere_is_left_alone(data_dir: Path, tmp_path: Path) -> None:
    file = tmp_path / "ada.db"
    run("memory", "backup", str(file))
    with stores_in(data_dir) as stores:
        stores.of(PERSON).put(Draft("personal", "green tea"), SIGNED)
        assert "Stop the servers" in refuse("memory", "restore", str(file), "--user", PERSON)
    assert "green tea" in run("memory", "list", "--user", PERSON)
