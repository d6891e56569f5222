"""A process that is killed in the middle of writes loses nothing it acknowledged and breaks no vault."""

import os
from pathlib import Path

from resource_server.memory.records import Filters
from shared.ids import new_id
from tests.stores.conftest import EVERYTHING, OpenStores
from tests.stores.writer import memories_in, received, start_writer

ROUNDS = int(os.environ.get("OSTIARY_TEST_KILLS", "20"))
"""How often a writer is killed; a longer run sets the variable."""


def killed_writer(data: Path, user_id: str, name: str, after: int) -> set[str]:
    """What a writer acknowledged before it was killed, right after its `after`-th write."""
    process, acknowledged = start_writer(data, user_id, name, count=1_000_000)
    words = {acknowledged.recv() for _ in range(after)}
    process.kill()
    process.join()
    return words | received(acknowledged)


def test_a_killed_writer_loses_nothing_it_acknowledged(open_vaults: OpenStores, tmp_path: Path) -> None:
    ada = new_id("usr")
    acknowledged: set[str] = set()
    for number in range(ROUNDS):
        acknowledged |= killed_writer(tmp_path, ada, f"writer{number}", after=1 + number % 7)
    stores = open_vaults()
    kept = {memory.text for memory in memories_in(stores.of(ada))}
    assert acknowledged <= kept
    # At most the one write in flight at each kill may be there without having been acknowledged.
    assert len(kept - acknowledged) <= ROUNDS
    with stores.vaults.lend(ada) as vault, vault.read() as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA cipher_integrity_check").fetchall() == []
        assert connection.execute("SELECT count(*) FROM events").fetchone()[0] == len(kept)
    assert stores.of(ada).search("writer0-0", Filters(EVERYTHING), 1)[0].memory.text == "writer0-0"
