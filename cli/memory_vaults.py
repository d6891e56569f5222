"""The vaults of an installation, for commands: opened as the resource server opens them, which may run meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Engine

import resource_server
from auth_server.people import id_named
from cli.auth_database import auth_database
from cli.failures import load, readable_failures, stop
from resource_server.memory.sharing.managing import Sharing
from resource_server.memory.store import MemoryStores, open_stores
from resource_server.settings import Settings
from shared.database import open_engine
from shared.master_key import MasterKey
from shared.migrations import migrate

MIGRATIONS = Path(resource_server.__file__).parent / "migrations"

User = Annotated[str, typer.Option("--user", help="The e-mail address or the id of a person; everybody unless named.")]
OneUser = Annotated[str, typer.Option("--user", help="The e-mail address or the id of the person.")]


@dataclass(frozen=True)
class OpenVaults:
    """Everybody's stores, and whose vault is meant."""

    stores: MemoryStores
    user_id: str

    def user_ids(self) -> list[str]:
        """Whom the command is about: the one named, or everybody who ever stored something."""
        return [self.user_id] if self.user_id else list(self.stores.user_ids())


@contextmanager
def open_vaults(data_dir: Path | None = None, user: str = "") -> Iterator[OpenVaults]:
    """The vaults of the installation in `data_dir`. A `user` without a vault ends the command."""
    with auth_database(data_dir) as database:
        master_key = database.master_key
        user_id = id_named(database.session, user) if user else ""
    with _stores(master_key) as stores:
        if user_id and user_id not in stores.user_ids():
            stop(f"{user} has no vault here; `ostiary users list` shows who is known")
        yield OpenVaults(stores, user_id)


@contextmanager
def open_sharing(data_dir: Path | None = None) -> Iterator[Sharing]:
    """The shared namespaces of the installation in `data_dir`."""
    with auth_database(data_dir) as database:
        master_key = database.master_key
    with opened_stores(master_key) as (engine, stores):
        yield Sharing(engine, stores)


@contextmanager
def _stores(master_key: MasterKey) -> Iterator[MemoryStores]:
    with opened_stores(master_key) as (_, stores):
        yield stores


@contextmanager
def opened_stores(master_key: MasterKey) -> Iterator[tuple[Engine, MemoryStores]]:
    """The resource server's database, and everybody's stores, of the data folder that is set."""
    settings = load(Settings)
    with readable_failures():
        engine = open_engine(settings.effective_database_url, overwrites=True)
        migrate(engine, MIGRATIONS, settings.data_dir)
    stores = open_stores(settings, engine, master_key)
    try:
        yield engine, stores
    finally:
        stores.close()
        engine.dispose()
