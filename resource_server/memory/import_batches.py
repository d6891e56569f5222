"""The tables imports and imported: which import brought which memories, and whether it was finished or undone."""

from dataclasses import dataclass
from datetime import datetime

from resource_server.memory.rows import instant, microseconds
from resource_server.memory.vault import Connection
from shared.clock import now

UNFINISHED = """
    SELECT batch FROM imports WHERE source = ? AND label = ? AND finished_at IS NULL AND undone_at IS NULL
    ORDER BY at DESC LIMIT 1
"""
BEGIN = """
    INSERT INTO imports (batch, at, source, namespace, memories, label) VALUES (?, ?, ?, ?, 0, ?)
    ON CONFLICT (batch) DO NOTHING
"""
NOTE = """
    INSERT OR REPLACE INTO imported (batch, memory_id, sequence)
    SELECT ?1, ?2, coalesce(max(sequence), 0) FROM events WHERE memory_id = ?2
"""
ALL = "SELECT batch, at, source, namespace, label, memories, finished_at, undone_at FROM imports ORDER BY at DESC"
UNDRAW = "UPDATE links SET retired_at = ?, retired_by = 'import' WHERE batch = ? AND retired_at IS NULL"
# Whether anything happened to it after the import's own event.
CHANGED = """
    SELECT (SELECT max(sequence) FROM events WHERE memory_id = ?2) > sequence
    FROM imported WHERE batch = ?1 AND memory_id = ?2
"""


@dataclass(frozen=True)
class Batch:
    """One import. Without `finished_at` it was broken off, or runs now."""

    id: str
    at: datetime
    source: str
    namespace: str
    label: str
    memories: int
    finished_at: datetime | None
    undone_at: datetime | None


def unfinished(connection: Connection, source: str, label: str) -> str:
    """An import of the same file that was broken off; empty where there is none."""
    found = connection.execute(UNFINISHED, (source, label)).fetchone()
    return str(found[0]) if found else ""


def begin(connection: Connection, batch: str, source: str, namespace: str, label: str) -> None:
    """Enters the import, once."""
    connection.execute(BEGIN, (batch, microseconds(now()), source, namespace, label))


def note(connection: Connection, batch: str, memory_id: str) -> None:
    """The import brought this memory, whose newest event is the import's own."""
    connection.execute(NOTE, (batch, memory_id))


def count(connection: Connection, batch: str, memories: int) -> None:
    """So many more."""
    connection.execute("UPDATE imports SET memories = memories + ? WHERE batch = ?", (memories, batch))


def finish(connection: Connection, batch: str) -> None:
    """It came to its end."""
    connection.execute("UPDATE imports SET finished_at = ? WHERE batch = ?", (microseconds(now()), batch))


def undone(connection: Connection, batch: str) -> None:
    """It was taken back, and the edges it drew with it: what was known of them stays, as of every edge."""
    at = microseconds(now())
    connection.execute(UNDRAW, (at, batch))
    connection.execute("UPDATE imports SET undone_at = ? WHERE batch = ?", (at, batch))


def brought(connection: Connection, batch: str) -> list[str]:
    """The ids of what it brought and what is not gone for good."""
    rows = connection.execute("SELECT memory_id FROM imported WHERE batch = ? ORDER BY memory_id", (batch,))
    return [memory_id for (memory_id,) in rows]


def is_changed(connection: Connection, batch: str, memory_id: str) -> bool:
    """Whether somebody changed what it brought."""
    return bool(connection.execute(CHANGED, (batch, memory_id)).fetchone()[0])


def every(connection: Connection) -> list[Batch]:
    """All imports, newest first."""
    return [
        Batch(row[0], instant(row[1]) or now(), row[2], row[3], row[4], row[5], instant(row[6]), instant(row[7]))
        for row in connection.execute(ALL)
    ]
