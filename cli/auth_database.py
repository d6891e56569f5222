"""The authorization server's database, for commands: opened as the server opens it, closed when they are done."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlmodel import Session

import auth_server
from auth_server.settings import Settings
from cli.addresses import recall_addresses
from cli.failures import load, readable_failures, stop
from cli.master_key import configured_master_key
from cli.options import set_environment
from shared.database import open_engine, unit_of_work
from shared.installation import Installation, is_installation, open_installation
from shared.master_key import MasterKey
from shared.migrations import migrate

MIGRATIONS = Path(auth_server.__file__).parent / "migrations"


@dataclass(frozen=True)
class AuthDatabase:
    """One transaction, and what commands need beside it; `is_new` says that the installation was made just now."""

    session: Session
    settings: Settings
    installation: Installation
    master_key: MasterKey
    is_new: bool = False


@contextmanager
def auth_database(data_dir: Path | None = None, *, may_create: bool = False) -> Iterator[AuthDatabase]:
    """A transaction on the database of the installation in `data_dir`; servers may be running meanwhile.

    A folder without one is most likely a misspelt name, so it ends the command unless that `may_create` one.
    """
    set_environment(OSTIARY_DATA_DIR=data_dir)
    recall_addresses(load(Settings).data_dir)
    settings = load(Settings)
    is_new = not is_installation(settings.data_dir)
    if is_new and not may_create:
        stop(
            f"no Ostiary in {settings.data_dir.resolve()}; "
            "start it once with `ostiary up`, or name the folder with --data-dir"
        )
    with readable_failures():
        installation = open_installation(settings.data_dir)
        # Before the database: a new installation gets its key while it is still empty.
        master_key = configured_master_key(settings, installation)
        engine = open_engine(settings.effective_database_url)
        migrate(engine, MIGRATIONS, settings.data_dir)
    with unit_of_work(engine) as session:
        yield AuthDatabase(session, settings, installation, master_key, is_new)
    engine.dispose()
