"""Schema migrations at the start of a process: Alembic, one process at a time."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine


def migrate(engine: Engine, scripts: Path, data_dir: Path) -> None:
    """Brings the database of `engine` to the newest revision in `scripts`; workers that start at once take turns."""
    config = _config(scripts)
    with (
        _alone(data_dir / f".{scripts.parent.name}.migrating"),
        engine.connect() as connection,
        _tables_may_be_rebuilt(connection),
    ):
        if MigrationContext.configure(connection).get_current_revision() == _newest(scripts):
            return
        connection.rollback()  # what looking began
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _config(scripts: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


@cache
def _newest(scripts: Path) -> str | None:
    return ScriptDirectory.from_config(_config(scripts)).get_current_head()


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
