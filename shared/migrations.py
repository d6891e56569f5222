"""Schema migrations at the start of a process: Alembic, one process at a time."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text


def migrate(engine: Engine, scripts: Path, data_dir: Path) -> None:
    """Brings the database of `engine` to the newest revision in `scripts`; workers that start at once take turns."""
    with (
        _alone(data_dir / f".{scripts.parent.name}.migrating"),
        engine.connect() as connection,
        _tables_may_be_rebuilt(connection),
    ):
        if _revision(connection) == newest(scripts):
            return
        connection.rollback()  # what looking began
        _upgrade(connection, scripts)


def _upgrade(connection: Connection, scripts: Path) -> None:
    # Most starts have nothing to migrate, and would wait a tenth of a second for this alone.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _revision(connection: Connection) -> str | None:
    """Where the database stands, None where it is new."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return None if revision is None else str(revision)


@cache
def newest(scripts: Path) -> str:
    """The last revision: the name of each script begins with its own, and they are counted up."""
    return max(script.name.partition("_")[0] for script in (scripts / "versions").glob("[0-9]*.py"))


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    lock.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def _tables_may_be_rebuilt(connection: Connection) -> Iterator[None]:
    """SQLite changes a column by making the table anew, and dropping the old one would take along what refers to it.

    The pragma has no effect within a transaction, so it stands around all of them.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    driver = connection.connection.driver_connection
    assert driver is not None  # noqa: S101 (a connection that was just opened has one)
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys=ON")
