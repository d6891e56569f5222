"""Bringing a vault to the newest schema."""

from contextlib import closing
from functools import cache
from typing import Any

from sqlcipher3 import dbapi2  # type: ignore[import-untyped]  # carries no types

from resource_server.memory.schema import MIGRATIONS


class VaultTooNewError(RuntimeError):
    """A newer version of the program wrote this vault; this one leaves it alone."""


def migrate(connection: Any) -> None:
    """Brings the vault to the newest schema; two processes that start at once do it once."""
    if _version(connection) == len(MIGRATIONS):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        _run_missing(connection)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _run_missing(connection: Any) -> None:
    version = _version(connection)
    if version > len(MIGRATIONS):
        raise VaultTooNewError(f"the vault has schema {version}, this program knows {len(MIGRATIONS)}")
    for statement in _all_of(version) if version else made_at_once():
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


@cache
def made_at_once() -> tuple[str, ...]:
    """What all migrations come to in a vault that holds nothing yet: a new one need not be changed forty times."""
    with closing(dbapi2.connect(":memory:", isolation_level=None)) as empty:
        for statement in _all_of(0):
            empty.execute(statement)
        found = empty.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid").fetchall()
    return tuple(sql for (sql,) in found)


def _all_of(version: int) -> list[str]:
    return [statement for migration in MIGRATIONS[version:] for statement in migration]


def _version(connection: Any) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
