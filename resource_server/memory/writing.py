"""Changes inside one vault's transaction: the memory, its indexes, and the event that tells what happened."""

import json
from dataclasses import replace
from enum import StrEnum

from resource_server.memory import statements
from resource_server.memory.graph.entities import note_entities
from resource_server.memory.indexing import index, unindex
from resource_server.memory.records import Author, Memory
from resource_server.memory.rows import COLUMNS, FIELDS, LIVE, SEEN, TRASHED, from_row, microseconds, seen, to_row
from resource_server.memory.vault import Connection
from resource_server.memory.vault_access import Embedded
from shared.authorization_details import NamespaceSet
from shared.clock import now


class EventKind(StrEnum):
    """What a write did."""

    STORED = "stored"
    UPDATED = "updated"
    DELETED = "deleted"
    EXPIRED = "expired"
    RESTORED = "restored"
    MERGED = "merged"
    SUPERSEDED = "superseded"
    REINSTATED = "reinstated"
    OUTDATED = "outdated"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    ROLLED_BACK = "rolled-back"


INSERT = f"INSERT INTO memories ({COLUMNS}) VALUES ({', '.join(f':{name}' for name in FIELDS)})"  # noqa: S608 (constants)
UPDATE = f"UPDATE memories SET {', '.join(f'{name} = :{name}' for name in FIELDS)} WHERE id = :id RETURNING row"  # noqa: S608 (constants)
BY_ID = f"SELECT {COLUMNS} FROM memories WHERE id = :id AND {LIVE} AND {SEEN}"  # noqa: S608 (constants)
BY_KEY = f"""
    SELECT {COLUMNS} FROM memories WHERE namespace = ? AND key = ? AND deleted_at IS NULL AND quarantined_at IS NULL
"""  # noqa: S608 (constants)
FROM_TRASH = f"SELECT {COLUMNS} FROM memories WHERE id = :id AND {TRASHED} AND {SEEN}"  # noqa: S608 (constants)
SUPERSEDED_BY = f"SELECT {COLUMNS} FROM memories WHERE superseded_by = ? AND deleted_at IS NULL"  # noqa: S608 (constants)
RECORD = """
    INSERT INTO events (at, kind, memory_id, namespace, state, client_id, client_name, grant_id, tool,
        session_id, person)
    VALUES (:at, :kind, :id, :namespace, :state, :client_id, :client_name, :grant_id, :tool, :session_id, :person)
"""


def live(connection: Connection, memory_id: str, namespaces: NamespaceSet) -> Memory | None:
    """The live memory with this id in these namespaces."""
    found = connection.execute(BY_ID, {**seen(namespaces, now()), "id": memory_id}).fetchone()
    return from_row(found) if found else None


def trashed(connection: Connection, memory_id: str, namespaces: NamespaceSet) -> Memory | None:
    """The memory with this id, if it lies in the trash."""
    found = connection.execute(FROM_TRASH, {**seen(namespaces, now()), "id": memory_id}).fetchone()
    return from_row(found) if found else None


def holder_of(connection: Connection, namespace: str, key: str) -> Memory | None:
    """Who holds the key of a namespace, perhaps expired."""
    found = connection.execute(BY_KEY, (namespace, key)).fetchone()
    return from_row(found) if found else None


def insert(connection: Connection, memory: Memory, embedded: Embedded) -> None:
    """A new memory."""
    row = connection.execute(INSERT, to_row(memory)).lastrowid
    if memory.quarantined_at is None:
        index(connection, row, memory, embedded)
    statements.note(connection, row, memory)
    note_entities(connection, memory)
    _record(connection, EventKind.STORED, memory, memory.author)


def change(connection: Connection, memory: Memory, embedded: Embedded, kind: EventKind, by: Author) -> int:
    """A memory that exists, as it is from now on; what lies in the trash leaves the indexes, and replaces nothing.

    `by` is who did it: who deletes a memory did not write it. Gives the sequence of the event.
    """
    row = connection.execute(UPDATE, to_row(memory)).fetchone()[0]
    unindex(connection, row, memory.namespace)
    if memory.deleted_at is None and memory.quarantined_at is None:
        index(connection, row, memory, embedded)
    note_entities(connection, memory)
    statements.forget(connection, row)
    if memory.deleted_at is None:
        statements.note(connection, row, memory)
    else:
        reinstate(connection, memory.id, by)
    return _record(connection, kind, memory, by)


def mark(connection: Connection, memory: Memory, kind: EventKind, by: Author) -> int:
    """A memory whose words are the same, and with them its indexes. Gives the sequence of the event."""
    connection.execute(UPDATE, to_row(memory)).fetchone()
    return _record(connection, kind, memory, by)


def reinstate(connection: Connection, memory_id: str, by: Author) -> None:
    """What this memory replaced stands again."""
    for row in connection.execute(SUPERSEDED_BY, (memory_id,)).fetchall():
        mark(connection, replace(from_row(row), superseded_by=None), EventKind.REINSTATED, by)


def expire(connection: Connection, memory: Memory, by: Author) -> None:
    """Moves a memory whose time is over to the trash, so that its key is free."""
    change(connection, replace(memory, deleted_at=memory.expires_at), None, EventKind.EXPIRED, by)


def _record(connection: Connection, kind: EventKind, memory: Memory, by: Author) -> int:
    recorded = connection.execute(
        RECORD,
        {
            "at": microseconds(now()),
            "kind": kind.value,
            "id": memory.id,
            "namespace": memory.namespace,
            "state": json.dumps(to_row(memory), ensure_ascii=False),
            **vars(by),
        },
    )
    return int(recorded.lastrowid)
