"""What memories say, noted for those that an earlier program wrote: so that they too are the same as, or contradicted.

The vault remembers below which row that is owed still, so the work goes on where it was broken off.
"""

from collections.abc import Iterator

from resource_server.memory import statements
from resource_server.memory.keeping_tables import OWED
from resource_server.memory.rows import COLUMNS, from_row
from resource_server.memory.vault import Connection
from resource_server.memory.vault_access import VaultAccess

BATCH = 200
BELOW = "SELECT CAST(value AS INTEGER) FROM vault_settings WHERE name = ?"
NEXT = f"SELECT row, {COLUMNS} FROM memories WHERE row < ? ORDER BY row DESC LIMIT ?"  # noqa: S608 (constants)
IS_NOTED = "SELECT 1 FROM fingerprints WHERE row = :row UNION ALL SELECT 1 FROM claims WHERE row = :row"
MOVE_ON = "UPDATE vault_settings SET value = ? WHERE name = ?"
DONE = "DELETE FROM vault_settings WHERE name = ?"


def note_old(vault: VaultAccess) -> Iterator[int]:
    """A batch a transaction, the newest first; says after each how many memories were looked at.

    Raises StoreBusyError; what was done before stays done.
    """
    while vault.exists and vault.read(_below) is not None:
        looked_at: list[int] = []
        vault.noted(lambda connection, done=looked_at: done.append(_note(connection)))  # type: ignore[misc]
        yield looked_at[0]


def _below(connection: Connection) -> int | None:
    found = connection.execute(BELOW, (OWED,)).fetchone()
    return int(found[0]) if found else None


def _note(connection: Connection) -> int:
    rows = connection.execute(NEXT, (_below(connection) or 0, BATCH)).fetchall()
    for row, *columns in rows:
        memory = from_row(tuple(columns))
        if memory.deleted_at is None and connection.execute(IS_NOTED, {"row": row}).fetchone() is None:
            statements.note(connection, row, memory)
    if len(rows) < BATCH:
        connection.execute(DONE, (OWED,))
    else:
        connection.execute(MOVE_ON, (str(rows[-1][0]), OWED))
    return len(rows)
