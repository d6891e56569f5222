"""A process that is killed in the middle of writes loses nothing it acknowledged and breaks no vault."""

import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from resource_server.memory.vault_stores import VaultStores
from shared.ids import new_id
from tests.stores.conftest import EVERYTHING, OpenStores
from tests.stores.writer import received, start_busy_writer

ROUNDS = int(os.environ.get("OSTIARY_TEST_KILLS", "200"))
"""How often a writer is killed; a longer run sets the variable."""

A_VAULT = 50
"""So often one person's writer is killed, and their vault checked; then it is another person's turn."""

pytestmark = [pytest.mark.thorough, pytest.mark.timeout(120 + ROUNDS)]

DIFFERENT = """
    SELECT count(*) FROM memories LEFT JOIN events
        ON sequence = (SELECT max(sequence) FROM events WHERE memory_id = memories.id)
    WHERE sequence IS NULL OR json_extract(state, '$.text') <> text
        OR json_extract(state, '$.deleted_at') IS NOT memories.deleted_at
"""
"""Memories that their last event does not describe: the two are one transaction."""

UNINDEXED = """
    SELECT count(*) FROM memories LEFT JOIN memory_index USING (row)
    WHERE (memories.deleted_at IS NULL) <> (memory_index.namespace IS NOT NULL)
"""
TORN = """
    SELECT conversation FROM memories WHERE conversation IS NOT NULL GROUP BY conversation
    HAVING count(DISTINCT deleted_at IS NULL) > 1
"""
"""What goes to the trash in one transaction goes whole."""

LIVE_OF = "SELECT count(*) FROM memories WHERE deleted_at IS NULL AND conversation = ?"


def killed_writer(data: Path, user_id: str, name: str, after: int) -> set[str]:
    """What a writer acknowledged before it was killed, right after its `after`-th word."""
    process, acknowledged = start_busy_writer(data, user_id, name)
    words = {acknowledged.recv() for _ in range(after)}
    process.kill()
    process.join()
    return words | received(acknowledged)


def test_a_killed_writer_loses_nothing_it_acknowledged(open_vaults: OpenStores, tmp_path: Path) -> None:
    """Stores, merges, links, rollbacks and bulk deletes, each acknowledged by its own word."""
    met: Counter[str] = Counter()
    for start in range(0, ROUNDS, A_VAULT):
        ada, acknowledged = new_id("usr"), set[str]()
        for number in range(min(A_VAULT, ROUNDS - start)):
            acknowledged |= killed_writer(tmp_path, ada, f"writer{number}", after=1 + number % 7)
        stores = open_vaults()
        check(stores, ada, acknowledged)
        stores.close()
        met.update(word.split()[0] for word in acknowledged)
    assert set(met) == {"kept", "merged", "linked", "rolled", "deleted"}


def check(stores: VaultStores, user_id: str, acknowledged: set[str]) -> None:
    """The vault is whole, and says what was acknowledged."""
    with stores.vaults.lend(user_id) as vault, vault.read() as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA cipher_integrity_check").fetchall() == []
        assert connection.execute(DIFFERENT).fetchone() == (0,)
        assert connection.execute(UNINDEXED).fetchone() == (0,)
        assert connection.execute(TORN).fetchall() == []
        for kind, word in (one.split() for one in acknowledged):
            assert is_there(connection, kind, word), f"{kind} {word}"
    words = [one.split()[1] for one in acknowledged if one.startswith("kept")]
    for word in words[:3]:
        assert [memory.text for memory in stores.of(user_id).by_key(word, EVERYTHING)] == [word]


def is_there(connection: Any, kind: str, word: str) -> bool:
    """Whether the vault says what was acknowledged."""
    if kind in ("rolled", "deleted"):
        found = connection.execute(LIVE_OF, (f"{kind}-{word}",)).fetchone()
        return bool(found == (0,))
    if kind == "linked":
        ends = "SELECT count(*) FROM links JOIN entities ON entities.id = target WHERE name = ?"
        return bool(connection.execute(ends, (word,)).fetchone() == (1,))
    named = "SELECT count(*) FROM memories WHERE namespace = 'work' AND key = ? AND deleted_at IS NULL"
    return bool(connection.execute(named, (word,)).fetchone() == (1,))
