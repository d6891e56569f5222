"""A vault of an earlier schema is brought to this one with everything in it, and a copy is kept of what it was."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import pytest
from sqlalchemy import Engine
from sqlcipher3 import dbapi2

from resource_server.catching_up import CatchingUp
from resource_server.memory import vault_copies
from resource_server.memory.embeddings import NoEmbedder
from resource_server.memory.records import Draft, Filters
from resource_server.memory.restating import note_old
from resource_server.memory.rows import microseconds
from resource_server.memory.schema import MIGRATIONS
from resource_server.memory.vault_copies import COPY_KEPT, NoRoomError
from resource_server.memory.vault_keys import SealedKeyRing
from shared.ids import new_id
from tests.stores.conftest import EVERYTHING, MASTER_KEY, OpenStores, signed_by

THEN = datetime(2026, 2, 1, tzinfo=UTC)


def first_schema(path: Path, key: bytes, texts: tuple[str, ...], *, keyed: bool = True) -> None:
    """A vault as the first release wrote it, with memories and their events."""
    path.parent.mkdir(exist_ok=True)
    connection = dbapi2.connect(str(path), isolation_level=None)
    connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
    connection.execute("PRAGMA journal_mode = WAL")
    for statement in MIGRATIONS[0]:
        connection.execute(statement)
    connection.execute("PRAGMA user_version = 1")
    connection.execute("INSERT INTO namespaces VALUES (1, 'work')")
    connection.execute(
        "CREATE VIRTUAL TABLE memory_words_1 USING fts5(key, text, tags, content='', contentless_delete=1, "
        "tokenize='porter unicode61 remove_diacritics 2')"
    )
    for row, text in enumerate(texts, 1):
        add(connection, row, text, f"k{row}" if keyed else None)
    connection.close()


def add(connection: dbapi2.Connection, row: int, text: str, key: str | None) -> None:
    """One memory, indexed, and its event."""
    at = microseconds(THEN)
    author = {"client_id": "cli_1", "client_name": "Claude", "grant_id": "grt_1", "tool": "memory_store"}
    memory = {
        "id": new_id("mem"), "namespace": "work", "key": key, "text": text, "tags": "[]", "importance": 0.5,
        "metadata": "{}", "created_at": at, "updated_at": at, "expires_at": None, "deleted_at": None, **author,
    }  # fmt: skip
    event = {"at": at, "kind": "stored", "memory_id": memory["id"], "namespace": "work", "state": json.dumps(memory)}
    for table, values in (
        ("memories", {"row": row, **memory}),
        ("events", event | author),
        ("memory_words_1", {"rowid": row, "key": memory["key"], "text": text, "tags": ""}),
        ("memory_index", {"row": row, "namespace": "work"}),
    ):
        names = ", ".join(values)
        bound = ", ".join(f":{name}" for name in values)
        connection.execute(f"INSERT INTO {table} ({names}) VALUES ({bound})", values)


@pytest.fixture
def ada(tmp_path: Path, engine: Engine) -> str:
    """A person with a vault of the first schema."""
    user_id = new_id("usr")
    key = SealedKeyRing(engine, MASTER_KEY).key_of(user_id, may_create=True)
    first_schema(tmp_path / "vaults" / f"{user_id}.db", key, ("likes green tea", "lives in Rome"))
    return user_id


def copy_of(tmp_path: Path, user_id: str) -> Path:
    """Where the copy lies."""
    return tmp_path / "vaults" / f"{user_id}.db.before-{len(MIGRATIONS)}"


def test_everything_is_found_after_an_upgrade(open_vaults: OpenStores, ada: str) -> None:
    store = open_vaults(NoEmbedder()).of(ada)
    assert {memory.text for memory in store.page(Filters(EVERYTHING), None, 9).memories} == {
        "likes green tea", "lives in Rome",
    }  # fmt: skip
    [hit] = store.search("tea", Filters(EVERYTHING), 9)
    assert (hit.memory.key, hit.memory.happened_at, hit.memory.author.client_name) == ("k1", THEN, "Claude")
    assert store.get(hit.memory.id, EVERYTHING, THEN) == hit.memory
    assert store.get(hit.memory.id, EVERYTHING, THEN - timedelta(hours=1)) is None


def test_a_new_vault_has_the_tables_of_one_that_was_upgraded(open_vaults: OpenStores, ada: str) -> None:
    stores, bob = open_vaults(NoEmbedder()), new_id("usr")
    stores.of(bob).put(Draft("work", "likes black tea"), signed_by())
    new, old = (
        stores.vault_of(one).read(
            lambda connection: set(
                connection.execute(
                    "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'memory_words%'"
                )
            )
        )
        for one in (bob, ada)
    )
    assert new == old
    assert len(new) > 20


def test_old_memories_are_the_same_as_new_ones_and_contradicted_once_they_were_looked_at(
    open_vaults: OpenStores, ada: str
) -> None:
    stores = open_vaults(NoEmbedder())
    store = stores.of(ada)
    anyio.run(CatchingUp(stores).catch_up, ada)
    old = {memory.text: memory for memory in store.page(Filters(EVERYTHING), None, 9).memories}
    assert store.put(Draft("work", "Likes  green tea", "k1"), signed_by())[0].id == old["likes green tea"].id
    moved = store.keep(Draft("work", "lives in Paris"), signed_by())
    assert [memory.id for memory in moved.replaces] == [old["lives in Rome"].id]
    assert list(note_old(stores.vault_of(ada))) == []


def test_looking_at_old_memories_goes_on_where_it_was_broken_off(
    open_vaults: OpenStores, tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    user_id = new_id("usr")
    key = SealedKeyRing(engine, MASTER_KEY).key_of(user_id, may_create=True)
    texts = tuple(f"{name} lives in Rome" for name in ("Ada", "Bob", "Cleo", "Dan", "Eve", "Finn", "Grace"))
    first_schema(tmp_path / "vaults" / f"{user_id}.db", key, texts, keyed=False)
    monkeypatch.setattr("resource_server.memory.restating.BATCH", 3)
    stores = open_vaults(NoEmbedder())
    assert next(note_old(stores.vault_of(user_id))) == 3
    store = stores.of(user_id)
    assert store.put(Draft("work", "grace  lives in Rome"), signed_by())[1] is False
    assert store.put(Draft("work", "Henry lives in Rome"), signed_by())[1] is True
    stores.close()
    stores = open_vaults(NoEmbedder())
    assert list(note_old(stores.vault_of(user_id))) == [3, 1]
    store = stores.of(user_id)
    assert [store.put(Draft("work", text.casefold()), signed_by())[1] for text in texts] == [False] * 7
    assert store.stats(EVERYTHING).by_namespace == {"work": 8}


def test_a_copy_is_kept_and_is_as_unreadable_as_the_vault(open_vaults: OpenStores, ada: str, tmp_path: Path) -> None:
    stores = open_vaults(NoEmbedder())
    stores.of(ada).stats(EVERYTHING)
    stores.close()
    copy = copy_of(tmp_path, ada)
    assert copy.stat().st_mode & 0o777 == 0o600
    assert b"green tea" not in copy.read_bytes()
    copy.replace(tmp_path / "vaults" / f"{ada}.db")
    assert len(open_vaults(NoEmbedder()).of(ada).page(Filters(EVERYTHING), None, 9).memories) == 2


def test_the_copy_goes_after_90_days_and_with_the_account(open_vaults: OpenStores, ada: str, tmp_path: Path) -> None:
    stores = open_vaults(NoEmbedder())
    stores.of(ada).stats(EVERYTHING)
    copy = copy_of(tmp_path, ada)
    assert stores.size_of(ada) > copy.stat().st_size
    old = (datetime.now(UTC) - COPY_KEPT - timedelta(days=1)).timestamp()
    os.utime(copy, (old, old))
    stores.close()
    open_vaults(NoEmbedder()).of(ada).stats(EVERYTHING)
    assert not copy.exists()
    copy.write_bytes(b"left behind")
    open_vaults(NoEmbedder()).erase(ada)
    assert list((tmp_path / "vaults").iterdir()) == []


def test_without_room_for_a_copy_nothing_is_changed(
    open_vaults: OpenStores, ada: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as full:
        full.setattr(vault_copies, "ROOM_LEFT", 1 << 60)
        with pytest.raises(NoRoomError):
            open_vaults(NoEmbedder()).of(ada).stats(EVERYTHING)
    assert open_vaults(NoEmbedder()).of(ada).stats(EVERYTHING).by_namespace == {"work": 2}


def test_a_new_vault_leaves_no_copy(open_vaults: OpenStores, tmp_path: Path) -> None:
    user_id = new_id("usr")
    open_vaults(NoEmbedder()).of(user_id).stats(EVERYTHING)
    assert not copy_of(tmp_path, user_id).exists()
