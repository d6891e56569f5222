"""The memory tools on vaults of their own: the fixtures `registry` and `claude`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from resource_server.earlier_systems import EarlierSystem
from resource_server.gateway.finding import open_tool_finding
from resource_server.gateway.opening import open_gateway
from resource_server.memory.store import open_stores
from resource_server.settings import Settings
from resource_server.tools.registry import Registry
from resource_server.tools.topics import open_registry
from resource_server.usage.counting import UseCounts
from resource_server.usage.keeping import UseKeeping
from shared.database import open_engine
from shared.ids import new_id
from shared.master_key import MasterKey
from tests.prepared_database import prepare_tables
from tests.resource_server.tool_callers import ORIGIN, App

TABLES = (
    *("vault_keys", "erased_vaults", "shared_namespaces", "shared_members", "tool_uses"),
    *("upstream_servers", "upstream_credentials", "accepted_tools", "pinned_tools"),
    *("upstream_clients", "upstream_attempts", "upstream_tokens"),
)


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    """All tools, as the server opens them, searching by words alone."""
    with opened_registry(tmp_path) as opened:
        yield opened


@contextmanager
def opened_registry(tmp_path: Path, names: tuple[EarlierSystem, ...] = ()) -> Iterator[Registry]:
    """The same, with the names of earlier systems listed."""
    prepare_tables(tmp_path / "resource.db", TABLES)
    engine = open_engine(f"sqlite:///{tmp_path / 'resource.db'}")
    settings, master_key = Settings(data_dir=tmp_path, embedder="none"), MasterKey(bytes(32), "a test")
    stores, keeping = open_stores(settings, engine, master_key), UseKeeping(engine, UseCounts(), days=90)
    finding = open_tool_finding(settings, open_gateway(settings, engine, master_key), stores.embedder)
    yield open_registry(stores, ORIGIN, names=names, keeping=keeping, tool_finding=finding)
    stores.close()
    engine.dispose()


@pytest.fixture
def claude(registry: Registry) -> App:
    """An app of a new person, allowed everything in `personal`."""
    return App(registry, new_id("usr"))
