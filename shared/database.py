"""SQL databases: engines, the unit of work, and instants that stay UTC."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, Engine, event, make_url
from sqlalchemy.types import TypeDecorator
from sqlmodel import Session, create_engine

BUSY_TIMEOUT_SECONDS = 5


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC instants, also on databases that forget the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 (SQLAlchemy's signature)
        """Refuses naive instants, so that local time cannot slip in."""
        if value is not None and value.tzinfo is None:
            raise ValueError("an instant needs its time zone")
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 (SQLAlchemy's signature)
        """Says again that what was stored is UTC."""
        return value.replace(tzinfo=UTC) if value is not None else None


def open_engine(url: str, *, overwrites: bool = False) -> Engine:
    """An engine for `sqlite:///…` or another SQLAlchemy URL; SQLite gets WAL, full sync and foreign keys.

    `overwrites` leaves no copy of what is deleted, or of what moves to another page, in the file.
    """
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, hide_parameters=True)
    engine = create_engine(
        url, connect_args={"timeout": BUSY_TIMEOUT_SECONDS, "check_same_thread": False}, hide_parameters=True
    )
    event.listen(engine, "connect", _prepare_sqlite)
    if overwrites:
        event.listen(engine, "connect", _overwrite_deleted)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


@contextmanager
def unit_of_work(engine: Engine, *, read_only: bool = False) -> Iterator[Session]:
    """One transaction: committed when the block ends, rolled back when it raises.

    On SQLite a writing unit takes the write lock at once (BEGIN IMMEDIATE), so that what it read stays true.
    """
    begin = "DEFERRED" if read_only else "IMMEDIATE"
    with (
        engine.connect().execution_options(sqlite_begin=begin) as connection,
        Session(connection, expire_on_commit=False) as session,
        session.begin(),
    ):
        yield session


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # SQLAlchemy's begin event opens transactions, not the driver
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _overwrite_deleted(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA secure_delete=ON")


def _begin_sqlite(connection: Any) -> None:
    mode = connection.get_execution_options().get("sqlite_begin", "IMMEDIATE")
    connection.exec_driver_sql(f"BEGIN {mode}")
