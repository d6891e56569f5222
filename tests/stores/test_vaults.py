"""Vaults: one encrypted file a person, a bounded number open, shared by threads and processes."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlcipher3 import dbapi2

from resource_server.memory.migrating import VaultTooNewError
from resource_server.memory.records import Changes, Draft, Filters
from resource_server.memory.schema import MIGRATIONS
from resource_server.memory.vault_keys import VaultLockedError
from resource_server.memory.vault_stores import VaultStores
from shared.ids import new_id
from shared.master_key import MasterKey
from tests.stores.conftest import EVERYTHING, OpenStores, signed_by
from tests.stores.writer import memories_in, received, start_writer

OTHER_MASTER_KEY = MasterKey(bytes(31) + b"\1", "another test")


def put(stores: VaultStores, user_id: str, words: str) -> str:
    """Stores one memory and gives its id."""
    return stores.of(user_id).put(Draft("work", words), signed_by())[0].id


def texts(stores: VaultStores, user_id: str) -> set[str]:
    """Everything a person has stored."""
    return {memory.text for memory in memories_in(stores.of(user_id))}


def test_each_person_has_a_file_and_a_key_of_their_own(open_vaults: OpenStores, tmp_path: Path, engine: Engine) -> None:
    stores, ada, bob = open_vaults(), new_id("usr"), new_id("usr")
    put(stores, ada, "of Ada")
    put(stores, bob, "of Bob")
    stores.close()
    assert {path.name for path in (tmp_path / "vaults").iterdir()} == {f"{ada}.db", f"{bob}.db"}
    with engine.connect() as connection:
        wrapped = connection.execute(text("SELECT wrapped_key FROM vault_keys")).scalars().all()
    assert len(set(wrapped)) == 2


def test_one_persons_key_does_not_open_anothers_vault(open_vaults: OpenStores, tmp_path: Path) -> None:
    stores, ada, bob = open_vaults(), new_id("usr"), new_id("usr")
    put(stores, ada, "of Ada")
    put(stores, bob, "of Bob")
    stores.close()
    ours, theirs = (tmp_path / "vaults" / f"{user}.db" for user in (ada, bob))
    ours.write_bytes(theirs.read_bytes())
    with pytest.raises(RuntimeError, match="cannot be opened with its key"):
        texts(open_vaults(), ada)


def test_a_wrapped_key_moved_to_another_person_does_not_unwrap(open_vaults: OpenStores, engine: Engine) -> None:
    stores, ada, bob = open_vaults(), new_id("usr"), new_id("usr")
    put(stores, ada, "of Ada")
    put(stores, bob, "of Bob")
    stores.close()
    move = (
        "UPDATE vault_keys SET wrapped_key = (SELECT wrapped_key FROM vault_keys WHERE user_id = :a) WHERE user_id = :b"
    )
    with engine.begin() as connection:
        connection.execute(text(move), {"a": ada, "b": bob})
    with pytest.raises(VaultLockedError):
        texts(open_vaults(), bob)


def test_another_master_key_opens_nothing_and_changes_nothing(open_vaults: OpenStores) -> None:
    stores, ada = open_vaults(), new_id("usr")
    put(stores, ada, "of Ada")
    stores.close()
    with pytest.raises(VaultLockedError, match=OTHER_MASTER_KEY.id):
        texts(open_vaults(master_key=OTHER_MASTER_KEY), ada)
    assert texts(open_vaults(), ada) == {"of Ada"}


def test_a_vault_whose_key_is_gone_is_not_given_a_new_one(open_vaults: OpenStores, engine: Engine) -> None:
    stores, ada = open_vaults(), new_id("usr")
    put(stores, ada, "of Ada")
    stores.close()
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM vault_keys"))
    with pytest.raises(VaultLockedError, match="missing"):
        put(open_vaults(), ada, "more")


def test_asking_for_namespaces_makes_no_vault(open_vaults: OpenStores, tmp_path: Path) -> None:
    assert open_vaults().of(new_id("usr")).namespaces() == ()
    assert list((tmp_path / "vaults").iterdir()) == []


def test_the_least_used_vault_closes_first_and_opens_again(open_vaults: OpenStores, tmp_path: Path) -> None:
    stores = open_vaults(limit=2)
    people = [new_id("usr") for _ in range(4)]
    for person in people:
        put(stores, person, f"of {person}")
    # A closed vault has folded its write-ahead log into the file.
    open_now = {path.name.split(".")[0] for path in (tmp_path / "vaults").glob("*-wal")}
    assert open_now == set(people[2:])
    assert [texts(stores, person) for person in people] == [{f"of {person}"} for person in people]


def test_threads_share_more_vaults_than_may_be_open(open_vaults: OpenStores) -> None:
    stores = open_vaults(limit=2)
    people = [new_id("usr") for _ in range(5)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: put(stores, people[number % 5], str(number)), range(100)))
    assert set().union(*(texts(stores, person) for person in people)) == {str(number) for number in range(100)}


def test_threads_that_read_and_write_one_vault_lose_nothing(open_vaults: OpenStores) -> None:
    stores, ada = open_vaults(), new_id("usr")
    memory_id = put(stores, ada, "start")

    def work(number: int) -> None:
        store = stores.of(ada)
        store.put(Draft("work", str(number)), signed_by())
        store.update(memory_id, Changes(text=f"changed {number}"), EVERYTHING, signed_by())
        store.search(str(number), Filters(EVERYTHING), 5)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(work, range(60)))
    assert {str(number) for number in range(60)} < texts(stores, ada)
    assert stores.of(ada).stats(EVERYTHING).by_namespace == {"work": 61}


def test_two_processes_write_one_vault_at_once(open_vaults: OpenStores, tmp_path: Path) -> None:
    """Both create it, both write it, nothing is lost and nobody is told it is locked."""
    ada = new_id("usr")
    writers = [start_writer(tmp_path, ada, name, 40) for name in ("left", "right")]
    acknowledged = set().union(*(received(connection) for _, connection in writers))
    for process, _ in writers:
        process.join()
        assert process.exitcode == 0
    assert len(acknowledged) == 80
    assert texts(open_vaults(), ada) == acknowledged


def test_a_vault_of_a_newer_program_is_left_alone(open_vaults: OpenStores) -> None:
    stores, ada = open_vaults(), new_id("usr")
    put(stores, ada, "of Ada")
    with stores.vaults.lend(ada) as vault, vault.write() as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    stores.close()
    with pytest.raises(VaultTooNewError):
        texts(open_vaults(), ada)


def test_every_write_leaves_an_event_with_its_author_and_the_whole_state(open_vaults: OpenStores) -> None:
    stores, ada = open_vaults(), new_id("usr")
    store = stores.of(ada)
    saved, _ = store.put(Draft("work", "one", "k"), signed_by("Claude"))
    store.put(Draft("work", "two", "k"), signed_by("Cursor"))
    store.update(saved.id, Changes(text="three"), EVERYTHING, signed_by("Codex"))
    store.delete(saved.id, EVERYTHING, signed_by("ChatGPT"))
    store.restore(saved.id, EVERYTHING, signed_by("Goose"))
    with stores.vaults.lend(ada) as vault, vault.read() as connection:
        events = connection.execute(
            "SELECT kind, client_name, grant_id, tool, state FROM events ORDER BY sequence"
        ).fetchall()
    assert [(kind, app) for kind, app, *_ in events] == [
        ("stored", "Claude"),
        ("updated", "Cursor"),
        ("updated", "Codex"),
        ("deleted", "ChatGPT"),
        ("restored", "Goose"),
    ]
    assert {(grant, tool) for _, _, grant, tool, _ in events} == {("grt_1", "memory_store")}
    assert [json.loads(state)["text"] for *_, state in events] == ["one", "two", "three", "three", "three"]
    assert [json.loads(state)["client_name"] for *_, state in events][-1] == "Codex"


def test_a_vault_keeps_what_it_promises_about_the_disk(open_vaults: OpenStores) -> None:
    stores, ada = open_vaults(), new_id("usr")
    with stores.vaults.lend(ada) as vault, vault.write() as connection:
        facts = {
            name: connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "temp_store")
        }
    assert facts == {"journal_mode": "wal", "synchronous": 2, "temp_store": 2}


def test_a_plain_sqlite_file_in_a_vaults_place_is_refused(open_vaults: OpenStores, tmp_path: Path) -> None:
    stores, ada = open_vaults(), new_id("usr")
    put(stores, ada, "of Ada")
    stores.close()
    path = tmp_path / "vaults" / f"{ada}.db"
    path.unlink()
    plain = dbapi2.connect(str(path))
    plain.execute("CREATE TABLE memories (id)")
    plain.close()
    with pytest.raises(RuntimeError, match="cannot be opened with its key"):
        texts(open_vaults(), ada)
