"""Bringing a vault to the newest schema."""

from typing import Any

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
    for statement in (statement for migration in MIGRATIONS[version:] for statement in migration):
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


def _version(connection: Any) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
