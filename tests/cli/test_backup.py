"""docs/how-to/backup.md: a copy of the data folder and the key are enough, each alone is not."""

import shutil
from pathlib import Path

import pytest

from resource_server.app import create_app
from resource_server.memory.records import Author, Draft, Signed
from resource_server.memory.store import open_stores
from resource_server.settings import Settings
from shared.authorization_details import ALL, NamespaceSet
from shared.database import open_engine
from shared.installation import open_installation
from shared.master_key import MasterKeyError, load_master_key

PERSON = "usr_01arz3ndektsv4rrffq69g5fav"
AUTHOR = Author(client_id="cli_notes", grant_id="grt_notes", tool="memory_store")


def recalled(data_dir: Path, *, store_first: bool = False) -> list[str]:
    """What the person's memory `coffee` says in this data folder."""
    settings = Settings(data_dir=data_dir, embedder="none")
    create_app(settings)
    engine = open_engine(settings.effective_database_url)
    stores = open_stores(settings, engine, load_master_key(open_installation(data_dir), None, None))
    try:
        memories = stores.of(PERSON)
        if store_first:
            memories.put(Draft(namespace="personal", text="black", key="coffee"), Signed(AUTHOR, lambda: None))
        return [memory.text for memory in memories.by_key("coffee", NamespaceSet.of(ALL))]
    finally:
        stores.close()
        engine.dispose()


@pytest.fixture
def backup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of a data folder in use, and of the folder with its key; the originals are gone."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    assert recalled(tmp_path / "data", store_first=True) == ["black"]
    for name in ("data", "config"):
        shutil.copytree(tmp_path / name, tmp_path / "backup" / name)
        shutil.rmtree(tmp_path / name)
    return tmp_path / "backup"


def test_folder_and_key_restore_every_memory(backup: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(backup / "config"))
    assert recalled(backup / "data") == ["black"]


def test_the_folder_alone_opens_nothing(backup: Path) -> None:
    with pytest.raises(MasterKeyError):
        recalled(backup / "data")


def test_the_key_is_not_in_the_folder(backup: Path) -> None:
    [key] = (backup / "config" / "ostiary").glob("*.key")
    secret = key.read_bytes().strip()
    assert all(secret not in path.read_bytes() for path in (backup / "data").rglob("*") if path.is_file())
