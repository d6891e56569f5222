"""A data folder with somebody's vault in it, for the commands that work on vaults."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from resource_server.memory.records import Author, Draft, Signed
from resource_server.memory.store import open_stores
from resource_server.memory.vault_stores import VaultStores
from resource_server.parts import MIGRATIONS
from resource_server.settings import Settings
from shared.database import open_engine
from shared.installation import open_installation
from shared.master_key import load_master_key
from shared.migrations import migrate
from tests.prepared_database import prepare_resource_database

PERSON = "usr_01arz3ndektsv4rrffq69g5fav"
SIGNED = Signed(Author("cli_notes", "grt_notes", "memory_store", "Notes"), lambda: None)


@contextmanager
def stores_in(data_dir: Path, **settings: object) -> Iterator[VaultStores]:
    """The stores as a server on this folder has them."""
    chosen = Settings(**{"data_dir": data_dir, "embedder": "none", **settings})
    prepare_resource_database(chosen)
    engine = open_engine(chosen.effective_database_url)
    migrate(engine, MIGRATIONS, data_dir)
    stores = open_stores(chosen, engine, load_master_key(open_installation(data_dir), None, None))
    assert isinstance(stores, VaultStores)
    try:
        yield stores
    finally:
        stores.close()
        engine.dispose()


def remember(data_dir: Path, *texts: str, user_id: str = PERSON, **settings: object) -> None:
    """Stores some memories of one person."""
    with stores_in(data_dir, **settings) as stores:
        for text in texts:
            stores.of(user_id).put(Draft("personal", text), SIGNED)
