"""Who else said what a memory says: each statement that was merged into it, as it was made."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from resource_server.memory.records import Author, Memory, Source
from resource_server.memory.rows import EPOCH, SEEN, instant, microseconds, seen
from resource_server.memory.vault import Connection
from shared.authorization_details import NamespaceSet
from shared.clock import now

MOST = 50
"""Statements kept for one memory; the first ones stay."""

COLUMNS = "at, text, source, trust, client_id, client_name, grant_id, tool, session_id, person"
ADD = f"""
    INSERT INTO origins (memory_id, event, {COLUMNS})
    VALUES (:memory_id, :event, :at, :text, :source, :trust, :client_id, :client_name, :grant_id, :tool, :session_id,
        :person)
"""  # noqa: S608 (constants)
OF = f"""
    SELECT memory_id, {COLUMNS} FROM origins WHERE memory_id IN (SELECT value FROM json_each(?)) ORDER BY number
"""  # noqa: S608 (constants)
BY_APP = "(client_id = :app OR client_name = :app COLLATE NOCASE) AND person = :person"
MERGED_SINCE = f"event IN (SELECT sequence FROM events WHERE at >= :since AND {BY_APP} AND {SEEN})"  # noqa: S608 (constants)
OWN = f"SELECT memory_id, number FROM origins WHERE {BY_APP} AND {MERGED_SINCE} ORDER BY number LIMIT :limit"  # noqa: S608 (constants)
WITHDRAW = f"""
    DELETE FROM origins WHERE number IN (SELECT value FROM json_each(:numbers))
    OR memory_id IN (SELECT value FROM json_each(:ids)) AND {MERGED_SINCE}
"""  # noqa: S608 (constants)
KNOWN = """
    SELECT count(*), sum(client_id = ? AND person = ? AND source = ? AND text = ?) FROM origins WHERE memory_id = ?
"""


Place = tuple[str, int]
"""Of a statement: the memory that it was merged into, and its number in the vault."""


@dataclass(frozen=True)
class Statement:
    """The same, said at another time, by another app, from another source or in other words."""

    text: str = field(repr=False)
    author: Author
    source: Source
    trust: float
    at: datetime


def statement_of(memory: Memory) -> Statement:
    """What a memory says now."""
    return Statement(memory.text, memory.author, memory.source, memory.trust, memory.updated_at)


def has_room_for(connection: Connection, memory_id: str, statement: Statement) -> bool:
    """Whether it is worth a row: it is not there yet, and there are not too many."""
    author = statement.author
    said = (author.client_id, author.person, statement.source.value, statement.text, memory_id)
    count, known = connection.execute(KNOWN, said).fetchone()
    return count < MOST and not known


def add(connection: Connection, memory_id: str, statement: Statement, event: int) -> None:
    """Keeps a statement with the event that brought it."""
    connection.execute(
        ADD,
        {
            **asdict(statement.author),
            "memory_id": memory_id,
            "event": event,
            "at": microseconds(statement.at),
            "text": statement.text,
            "source": statement.source.value,
            "trust": statement.trust,
        },
    )


def own_of(connection: Connection, writes: Mapping[str, Any], namespaces: NamespaceSet, limit: int) -> list[Place]:
    """Where an app's own statements are that it merged since an instant, as `AppWrites.asked` says."""
    asked = {**seen(namespaces, now()), **writes, "limit": limit}
    return [(memory_id, number) for memory_id, number in connection.execute(OWN, asked)]


def withdraw(
    connection: Connection,
    writes: Mapping[str, Any],
    namespaces: NamespaceSet,
    own: Sequence[Place],
    changed_back: Sequence[str],
) -> None:
    """Takes away the statements at these places.

    Of memories that were changed back also those of others that the app pushed aside: they speak themselves again.
    """
    named = {"numbers": json.dumps([number for _, number in own]), "ids": json.dumps(changed_back)}
    connection.execute(WITHDRAW, {**seen(namespaces, now()), **writes, **named})


def origins_of(connection: Connection, memory_ids: Iterable[str]) -> dict[str, tuple[Statement, ...]]:
    """The other statements of each of these memories, in the order they came."""
    found: dict[str, tuple[Statement, ...]] = {}
    for memory_id, *row in connection.execute(OF, (json.dumps(list(memory_ids)),)).fetchall():
        found[memory_id] = (*found.get(memory_id, ()), _statement(*row))
    return found


def _statement(at: int, text: str, source: str, trust: float, *author: Any) -> Statement:
    client_id, client_name, grant_id, tool, session_id, person = author
    by = Author(client_id, grant_id, tool, client_name, session_id, person)
    return Statement(text, by, Source(source), trust, instant(at) or EPOCH)
