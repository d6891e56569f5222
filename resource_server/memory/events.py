"""Events of a vault: what each write left behind, and by whom."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from resource_server.memory.past import KEPT
from resource_server.memory.records import Author, Memory
from resource_server.memory.rows import AUTHOR, SEEN, from_state, instant
from resource_server.memory.vault import Connection
from resource_server.memory.writing import EventKind

CONTENT = (
    "namespace", "key", "text", "tags", "importance", "metadata", "expires_at", "happened_at", "kind", "conversation",
    "source", "trust", "superseded_by", "entities",
)  # fmt: skip
"""What a memory says, as opposed to who wrote it and when."""

EVENT = f"sequence, memory_id, at, kind, state, {', '.join(f'events.{name}' for name in AUTHOR)}"
THERE = f"SELECT id FROM memories WHERE {SEEN} AND {KEPT}"  # noqa: S608 (constants)
"""The memories whose past may be read: those that may be read now, or lie in the trash."""

OF_MEMORIES = f"""
    SELECT {EVENT} FROM events WHERE {SEEN} AND memory_id IN (SELECT value FROM json_each(:ids))
        AND memory_id IN ({THERE}) ORDER BY sequence
"""  # noqa: S608 (constants)


@dataclass(frozen=True)
class Event:
    """One write: what kind, when, by whom, and the memory as it left it."""

    sequence: int
    at: datetime
    kind: EventKind
    memory: Memory
    by: Author


def from_event(row: tuple[Any, ...]) -> Event:
    """An event from the columns in the order of EVENT."""
    sequence, _, at, kind, state, *author = row
    written_at = instant(at)
    if written_at is None:
        raise TypeError("an event without an instant")
    by = Author(**dict(zip(AUTHOR, author, strict=True)))
    return Event(sequence, written_at, EventKind(kind), from_state(state), by)


def events_of(connection: Connection, asked: Mapping[str, Any]) -> Iterable[Event]:
    """All events of the memories with :ids, oldest first."""
    return map(from_event, connection.execute(OF_MEMORIES, asked).fetchall())


def changed(before: Memory | None, after: Memory) -> tuple[str, ...]:
    """The names of what a memory says otherwise than before."""
    if before is None:
        return ()
    return tuple(name for name in CONTENT if getattr(before, name) != getattr(after, name))
