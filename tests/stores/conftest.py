"""Stores as the server opens them, in a data folder of their own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from resource_server.memory.embeddings import Embedder, NoEmbedder
from resource_server.memory.records import Author, Signed
from resource_server.memory.store import MemoryStore, MemoryStores
from resource_server.memory.vault_keys import SealedKeyRing
from resource_server.memory.vault_stores import VaultStores
from resource_server.memory.vaults import Vaults
from shared.authorization_details import NamespaceSet
from shared.database import open_engine
from shared.ids import new_id
from shared.master_key import MasterKey
from tests.prepared_database import prepare_tables
from tests.stores.meanings import MeaningEmbedder

EVERYTHING = NamespaceSet(everything=True)
MASTER_KEY = MasterKey(bytes(32), "a test")

OpenStores = Callable[..., VaultStores]

TABLES = ("vault_keys", "erased_vaults", "shared_namespaces", "shared_members")


def signed_by(app: str = "Claude", confirm: Callable[[], None] = lambda: None) -> Signed:
    """The signature of a write by an app."""
    return Signed(Author("cli_1", "grt_1", "memory_store", app), confirm)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """The resource server's database, as far as vaults need it."""
    prepare_tables(tmp_path / "resource.db", TABLES)
    engine = open_engine(f"sqlite:///{tmp_path / 'resource.db'}")
    yield engine
    engine.dispose()


@pytest.fixture
def open_vaults(tmp_path: Path, engine: Engine) -> Iterator[OpenStores]:
    """Opens vault stores on the same folder, as often as wanted; what is still open at the end is closed."""
    opened = []

    def open_them(embedder: Embedder | None = None, master_key: MasterKey = MASTER_KEY, limit: int = 8) -> VaultStores:
        vaults = Vaults(tmp_path / "vaults", SealedKeyRing(engine, master_key), limit)
        opened.append(VaultStores(vaults, embedder or MeaningEmbedder()))
        return opened[-1]

    yield open_them
    for stores in opened:
        stores.close()


@pytest.fixture(params=["vaults with vectors", "vaults without"])
def stores(request: pytest.FixtureRequest, open_vaults: OpenStores) -> MemoryStores:
    """Every backend the contract holds for."""
    return open_vaults(MeaningEmbedder() if request.param == "vaults with vectors" else NoEmbedder())


@pytest.fixture
def store(stores: MemoryStores) -> MemoryStore:
    """The store of one person."""
    return stores.of(new_id("usr"))
