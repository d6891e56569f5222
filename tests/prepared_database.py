"""An installation whose databases stand already, as after a first start: migrating empty ones takes most of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlmodel import Session, SQLModel

from auth_server.app import MIGRATIONS
from auth_server.settings import Settings
from resource_server.parts import MIGRATIONS as RESOURCE_MIGRATIONS
from resource_server.settings import Settings as ResourceSettings
from shared.database import open_engine, unit_of_work
from shared.installation import open_installation
from shared.master_key import load_master_key
from shared.migrations import migrate


def prepare_database(settings: Settings) -> None:
    """Puts an empty database of today's schema into a data folder, after the master key, unless there is one."""
    _put(settings, "auth.db", MIGRATIONS)


def prepare_resource_database(settings: ResourceSettings) -> None:
    """The same for the resource server, which may come first or second."""
    _put(settings, "resource.db", RESOURCE_MIGRATIONS)


def prepare_tables(file: Path, names: tuple[str, ...]) -> None:
    """Puts a database with these empty tables at `file`; does nothing when there is one."""
    if not file.exists():
        file.write_bytes(_with_tables(names))


@contextmanager
def auth_database(data_dir: Path) -> Iterator[Session]:
    """The authorization server's database, also while it runs."""
    engine = open_engine(f"sqlite:///{data_dir / 'auth.db'}")
    with unit_of_work(engine) as session:
        yield session
    engine.dispose()


def _put(settings: Settings | ResourceSettings, name: str, migrations: Path) -> None:
    file = settings.data_dir / name
    if settings.database_url or file.exists():
        return
    key = settings.master_key.get_secret_value() if settings.master_key else None
    load_master_key(open_installation(settings.data_dir), key, settings.master_key_file)
    file.touch(0o600)
    file.write_bytes(_migrated(migrations))


@cache
def _with_tables(names: tuple[str, ...]) -> bytes:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "resource.db"
        engine = open_engine(f"sqlite:///{file}")
        SQLModel.metadata.create_all(engine, tables=[SQLModel.metadata.tables[name] for name in names])
        engine.dispose()
        return file.read_bytes()


@cache
def _migrated(migrations: Path) -> bytes:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "a.db"
        engine = open_engine(f"sqlite:///{file}")
        migrate(engine, migrations, file.parent)
        engine.dispose()
        return file.read_bytes()
