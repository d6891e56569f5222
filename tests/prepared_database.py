"""An installation whose database stands already, as after a first start: migrating an empty one takes most of it."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlmodel import SQLModel

from auth_server.app import MIGRATIONS
from auth_server.settings import Settings
from shared.database import open_engine
from shared.installation import open_installation
from shared.master_key import load_master_key
from shared.migrations import migrate


def prepare_database(settings: Settings) -> None:
    """Puts an empty database of today's schema into a new data folder, after the master key; else does nothing."""
    file = settings.data_dir / "auth.db"
    if settings.database_url or settings.data_dir.exists():
        return
    key = settings.master_key.get_secret_value() if settings.master_key else None
    load_master_key(open_installation(settings.data_dir), key, settings.master_key_file)
    file.write_bytes(_migrated())


def prepare_tables(file: Path, names: tuple[str, ...]) -> None:
    """Puts a database with these empty tables at `file`; does nothing when there is one."""
    if not file.exists():
        file.write_bytes(_with_tables(names))


@cache
def _with_tables(names: tuple[str, ...]) -> bytes:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "resource.db"
        engine = open_engine(f"sqlite:///{file}")
        SQLModel.metadata.create_all(engine, tables=[SQLModel.metadata.tables[name] for name in names])
        engine.dispose()
        return file.read_bytes()


@cache
def _migrated() -> bytes:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "auth.db"
        engine = open_engine(f"sqlite:///{file}")
        migrate(engine, MIGRATIONS, file.parent)
        engine.dispose()
        return file.read_bytes()
