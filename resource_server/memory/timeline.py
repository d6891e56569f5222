"""Memories in the order in which things happened, whenever they were stored."""

from resource_server.memory.records import Filters, Memory, Page, UnknownCursorError
from resource_server.memory.rows import COLUMNS, FITTING, SEEN, filtered, from_row, seen
from resource_server.memory.vault import Connection
from resource_server.memory.vault_access import VaultAccess
from shared.clock import now

PLACE = f"SELECT happened_at, row FROM memories WHERE id = :id AND {SEEN}"  # noqa: S608 (constants)
ROWS = f"""
    SELECT row FROM memory_index
    WHERE (:place IS NULL OR (happened_at, row) < (:place, :last)) AND {FITTING}
    ORDER BY happened_at DESC, row DESC LIMIT :limit
"""  # noqa: S608 (constants)
MEMORIES = f"SELECT {COLUMNS} FROM memories WHERE row IN ({ROWS}) ORDER BY happened_at DESC, row DESC"  # noqa: S608 (constants)


def timeline(vault: VaultAccess, filters: Filters, cursor: str | None, limit: int) -> Page:
    """A page, what happened last first; the cursor is the id of the last memory of the page before.

    Raises UnknownCursorError.
    """
    found = vault.read(lambda connection: _found(connection, filters, cursor, limit + 1))
    return Page(tuple(found[:limit]), found[limit - 1].id if len(found) > limit else None)


def _found(connection: Connection, filters: Filters, cursor: str | None, limit: int) -> list[Memory]:
    place, last = _place_of(connection, cursor, filters) if cursor is not None else (None, None)
    asked = {**filtered(filters, now()), "place": place, "last": last, "limit": limit}
    return [from_row(row) for row in connection.execute(MEMORIES, asked)]


def _place_of(connection: Connection, cursor: str, filters: Filters) -> tuple[int, int]:
    """Also of a memory that was deleted meanwhile, but of none that may not be read."""
    row = connection.execute(PLACE, {**seen(filters.namespaces, now()), "id": cursor}).fetchone()
    if row is None:
        raise UnknownCursorError("not a cursor of this timeline")
    return int(row[0]), int(row[1])
