"""A destroyed vault key is in no file of the database, wherever its row has been (AS-111)."""

from pathlib import Path

from resource_server.memory.vault_keys import SealedKeyRing, destroy_key
from resource_server.models import VaultKey
from resource_server.parts import MIGRATIONS
from shared.database import open_engine, unit_of_work
from shared.ids import new_id
from shared.master_key import MasterKey
from shared.migrations import migrate

PEOPLE = 300


def test_a_key_leaves_no_copy_where_pages_were_split(tmp_path: Path) -> None:
    """Rows move to other pages as people come; what stays behind in the old page is overwritten, too."""
    engine = open_engine(f"sqlite:///{tmp_path / 'resource.db'}", overwrites=True)
    migrate(engine, MIGRATIONS, tmp_path)
    ring = SealedKeyRing(engine, MasterKey(b"k" * 32, "a test"))
    people = [new_id("usr") for _ in range(PEOPLE)]
    for one in people:
        ring.key_of(one, may_create=True)
    gone = people[::7]
    with unit_of_work(engine, read_only=True) as session:
        keys = [session.get_one(VaultKey, one).wrapped_key for one in gone]
    for one in gone:
        assert destroy_key(engine, one, {})["vault"] == "destroyed"
    content = b"".join(file.read_bytes() for file in tmp_path.glob("resource.db*"))
    assert [key for key in keys if key in content] == []
    engine.dispose()
