"""What lies on the disk can be read by nobody without the key."""

from pathlib import Path

import pytest

from resource_server.memory.records import Draft, Filters
from shared.ids import new_id
from tests.stores.conftest import EVERYTHING, OpenStores, signed_by
from tests.stores.writer import die, start_writer

SENTINEL = "xylophonequartz"
READABLE = (SENTINEL.encode(), SENTINEL.encode("utf-16-le"), SENTINEL.encode("utf-16-be"), SENTINEL[:-2].encode())


def readable_files(folder: Path) -> list[str]:
    """The files that hold the sentinel in any spelling."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    return [path.name for path in files if any(needle in path.read_bytes() for needle in READABLE)]


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where SQLite would put temporary files, if it made any."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("SQLITE_TMPDIR", str(folder))
    return folder


@pytest.mark.usefixtures("temporary")
def test_a_memory_is_found_in_no_file(open_vaults: OpenStores, tmp_path: Path) -> None:
    """AS-112: text, key, tag, metadata and namespace, in the database, its log and its indexes."""
    stores, ada = open_vaults(), new_id("usr")
    draft = Draft(SENTINEL, f"the {SENTINEL} plan", SENTINEL, (SENTINEL,), metadata={SENTINEL: SENTINEL})
    saved, _ = stores.of(ada).put(draft, signed_by(SENTINEL))
    stores.of(ada).search(SENTINEL, Filters(EVERYTHING), 5)
    assert readable_files(tmp_path) == []
    stores.of(ada).delete(saved.id, EVERYTHING, signed_by())
    assert readable_files(tmp_path) == []
    stores.close()
    assert readable_files(tmp_path) == []


@pytest.mark.usefixtures("temporary")
def test_a_memory_is_found_in_no_file_after_vacuum_and_big_sorts(open_vaults: OpenStores, tmp_path: Path) -> None:
    """AS-112: VACUUM and sorting write temporary data, which stays in memory."""
    stores, ada = open_vaults(), new_id("usr")
    for number in range(200):
        stores.of(ada).put(Draft("work", f"{SENTINEL} {number} " * 200), signed_by())
    with stores.vaults.lend(ada) as vault, vault.read() as connection:
        connection.execute("SELECT text FROM memories ORDER BY text DESC").fetchall()
    with stores.vaults.lend(ada) as vault, vault.write() as connection:
        for statement in ("COMMIT", "VACUUM", "BEGIN"):  # VACUUM stands outside of transactions
            connection.execute(statement)
    assert readable_files(tmp_path) == []


@pytest.mark.usefixtures("temporary")
def test_a_crash_leaves_nothing_readable(open_vaults: OpenStores, tmp_path: Path) -> None:
    """AS-112: after a process died with a write-ahead log behind it."""
    ada = new_id("usr")
    process, _ = start_writer(tmp_path, ada, SENTINEL, count=1, end=die)
    process.join()
    assert process.exitcode == 9
    assert list((tmp_path / "vaults").glob("*-wal"))
    assert readable_files(tmp_path) == []
    assert open_vaults().of(ada).stats(EVERYTHING).by_namespace == {"work": 1}


def test_files_and_folder_of_vaults_are_the_owners_alone(open_vaults: OpenStores, tmp_path: Path) -> None:
    stores, ada = open_vaults(), new_id("usr")
    stores.of(ada).put(Draft("work", "x"), signed_by())
    folder = tmp_path / "vaults"
    assert folder.stat().st_mode & 0o077 == 0
    assert [path.name for path in folder.iterdir() if path.stat().st_mode & 0o077] == []
