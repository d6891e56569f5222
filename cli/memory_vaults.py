"""The vaults of an installation, for commands: opened as the resource server opens them, which may run meanwhile."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Engine

import resource_server
from auth_server.people import id_named
from cli.auth_database import auth_database
from cli.failures import load, readable_failures, stop
from cli.shared_namespaces import labels_in, share_named
from resource_server.memory.sharing.managing import Sharing
from resource_server.memory.store import MemoryStores, open_stores
from resource_server.memory.vault_access import VaultAccess
from resource_server.settings import Settings
from shared.database import open_engine
from shared.master_key import MasterKey
from shared.migrations import migrate

MIGRATIONS = Path(resource_server.__file__).parent / "migrations"

User = Annotated[str, typer.Option("--user", help="The e-mail address or the id of a person; everybody unless named.")]
Share = Annotated[str, typer.Option("--share", help="A shared namespace instead: its name or its id.")]
OneUser = Annotated[str, typer.Option("--user", help="The e-mail address or the id of the person.")]


@dataclass(frozen=True)
class OpenVaults:
    """Everybody's stores, and whose vault is meant: a person's, or that of the shared namespace `share_id`.

    `labels` say what the members of that namespace are called.
    """

    stores: MemoryStores
    user_id: str
    share_id: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)

    def vaults(self) -> list[VaultAccess]:
        """Those the command is about: the one named, or every one there is, shared ones last."""
        named = self.user_id or self.share_id
        return [self.stores.any_vault(one) for one in ([named] if named else self.stores.vault_ids())]

    def the_one(self) -> VaultAccess:
        """The vault that is named, or the only one. Anything else ends the command."""
        found = self.vaults()
        if len(found) != 1:
            stop("Name one person who has a vault, with --user, or a shared namespace, with --share.")
        return found[0]


@contextmanager
def open_vaults(data_dir: Path | None = None, user: str = "", share: str = "") -> Iterator[OpenVaults]:
    """The vaults of the installation in `data_dir`. A `user` or a `share` without a vault ends the command."""
    if user and share:
        stop("name a person or a shared namespace, not both")
    with auth_database(data_dir) as database:
        master_key = database.master_key
        user_id = id_named(database.session, user) if user else ""
    with opened_stores(master_key) as (engine, stores):
        share_id = share_named(engine, share).id if share else ""
        if user_id and user_id not in stores.user_ids():
            stop(f"{user} has no vault here; `ostiary users list` shows who is known")
        if share_id and share_id not in stores.vault_ids():
            stop(f"nothing was stored in {share} yet")
        yield OpenVaults(stores, user_id, share_id, labels_in(engine, share_id) if share_id else {})


@contextmanager
def open_sharing(data_dir: Path | None = None) -> Iterator[Sharing]:
    """The shared namespaces of the installation in `data_dir`."""
    with auth_database(data_dir) as database:
        master_key = database.master_key
    with opened_stores(master_key) as (engine, stores):
        yield Sharing(engine, stores)


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
