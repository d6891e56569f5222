"""Changes inside one vault's transaction: the memory, its indexes, and the event that tells what happened."""

import json
from dataclasses import asdict, replace
from datetime import timedelta
from enum import StrEnum

from resource_server.memory.embeddings import Vectors, bits_of, packed
from resource_server.memory.records import Author, Memory, TooManyNamespacesError
from resource_server.memory.rows import COLUMNS, FIELDS, LIVE, SEEN, from_row, microseconds, seen, to_row
from resource_server.memory.vault import Connection
from resource_server.memory.words import create_corpus, table_of
from shared.authorization_details import NamespaceSet
from shared.clock import now

TRASH_KEPT = timedelta(days=30)
MAX_NAMESPACES = 200
Embedded = tuple[str, Vectors] | None
"""The embedder's name and one vector, or None where nothing embeds."""


class EventKind(StrEnum):
    """What a write did."""

    STORED = "stored"
    UPDATED = "updated"
    DELETED = "deleted"
    EXPIRED = "expired"
    RESTORED = "restored"


INSERT = f"INSERT INTO memories ({COLUMNS}) VALUES ({', '.join(f':{name}' for name in FIELDS)})"  # noqa: S608 (constants)
UPDATE = f"UPDATE memories SET {', '.join(f'{name} = :{name}' for name in FIELDS)} WHERE id = :id RETURNING row"  # noqa: S608 (constants)
BY_ID = f"SELECT {COLUMNS} FROM memories WHERE id = :id AND {LIVE} AND {SEEN}"  # noqa: S608 (constants)
BY_KEY = f"SELECT {COLUMNS} FROM memories WHERE namespace = ? AND key = ? AND deleted_at IS NULL"  # noqa: S608 (constants)
TRASHED = f"SELECT {COLUMNS} FROM memories WHERE id = :id AND NOT ({LIVE}) AND {SEEN}"  # noqa: S608 (constants)
RECORD = """
    INSERT INTO events (at, kind, memory_id, namespace, state, client_id, client_name, grant_id, tool)
    VALUES (:at, :kind, :id, :namespace, :state, :client_id, :client_name, :grant_id, :tool)
"""
OUTDATED = "deleted_at < :limit OR expires_at < :limit"


def live(connection: Connection, memory_id: str, namespaces: NamespaceSet) -> Memory | None:
    """The live memory with this id in these namespaces."""
    found = connection.execute(BY_ID, {**seen(namespaces, now()), "id": memory_id}).fetchone()
    return from_row(found) if found else None


def trashed(connection: Connection, memory_id: str, namespaces: NamespaceSet) -> Memory | None:
    """The memory with this id, if it lies in the trash."""
    found = connection.execute(TRASHED, {**seen(namespaces, now()), "id": memory_id}).fetchone()
    return from_row(found) if found else None


def holder_of(connection: Connection, namespace: str, key: str) -> Memory | None:
    """Who holds the key of a namespace, perhaps expired."""
    found = connection.execute(BY_KEY, (namespace, key)).fetchone()
    return from_row(found) if found else None


def insert(connection: Connection, memory: Memory, embedded: Embedded) -> None:
    """A new memory."""
    row = connection.execute(INSERT, to_row(memory)).lastrowid
    _index(connection, row, memory, embedded)
    _record(connection, EventKind.STORED, memory, memory.author)


def change(connection: Connection, memory: Memory, embedded: Embedded, kind: EventKind, by: Author) -> None:
    """A memory that exists, as it is from now on; what lies in the trash leaves the indexes.

    `by` is who did it: who deletes a memory did not write it.
    """
    row = connection.execute(UPDATE, to_row(memory)).fetchone()[0]
    _unindex(connection, row, memory.namespace)
    if memory.deleted_at is None:
        _index(connection, row, memory, embedded)
    _record(connection, kind, memory, by)


def expire(connection: Connection, memory: Memory, by: Author) -> None:
    """Moves a memory whose time is over to the trash, so that its key is free."""
    change(connection, replace(memory, deleted_at=memory.expires_at), None, EventKind.EXPIRED, by)


def purge(connection: Connection) -> None:
    """Forgets for good what has been in the trash, or expired, for longer than the trash is kept."""
    limit = {"limit": microseconds(now() - TRASH_KEPT)}
    rows = connection.execute(f"SELECT row, id, namespace FROM memories WHERE {OUTDATED}", limit).fetchall()  # noqa: S608 (constants)
    for row, memory_id, namespace in rows:
        _unindex(connection, row, namespace)
        connection.execute("DELETE FROM events WHERE memory_id = ?", (memory_id,))
        connection.execute("DELETE FROM memories WHERE row = ?", (row,))


def _index(connection: Connection, row: int, memory: Memory, embedded: Embedded) -> None:
    words = table_of(_namespace_number(connection, memory.namespace))
    connection.execute(
        f"INSERT INTO {words} (rowid, key, text, tags) VALUES (?, ?, ?, ?)",  # noqa: S608 (a number of ours)
        (row, memory.key or "", memory.text, " ".join(memory.tags)),
    )
    number, bits = (None, None) if embedded is None else (_number_of(connection, embedded[0]), bits_of(embedded[1]))
    connection.execute(
        "INSERT INTO memory_index (row, namespace, expires_at, embedder, bits) VALUES (?, ?, ?, ?, ?)",
        (row, memory.namespace, microseconds(memory.expires_at), number, bits),
    )
    if embedded is not None:
        connection.execute("INSERT INTO memory_vectors VALUES (?, ?)", (row, packed(embedded[1])))


def _number_of(connection: Connection, embedder: str) -> int:
    """The short number under which this vault knows an embedder."""
    find = "SELECT number FROM embedders WHERE name = ?"
    known = connection.execute(find, (embedder,)).fetchone()
    if known is None:
        connection.execute("INSERT INTO embedders (name) VALUES (?)", (embedder,))
        known = connection.execute(find, (embedder,)).fetchone()
    return int(known[0])


def _namespace_number(connection: Connection, namespace: str) -> int:
    """The number of a namespace, and its table of words, made when it is new. Raises TooManyNamespacesError."""
    known = connection.execute("SELECT number FROM namespaces WHERE namespace = ?", (namespace,)).fetchone()
    if known is not None:
        return int(known[0])
    if connection.execute("SELECT count(*) FROM namespaces").fetchone()[0] >= MAX_NAMESPACES:
        raise TooManyNamespacesError(f"there are {MAX_NAMESPACES} namespaces already")
    number = int(connection.execute("INSERT INTO namespaces (namespace) VALUES (?)", (namespace,)).lastrowid)
    create_corpus(connection, number)
    return number


def _unindex(connection: Connection, row: int, namespace: str) -> None:
    words = table_of(_namespace_number(connection, namespace))
    connection.execute(f"DELETE FROM {words} WHERE rowid = ?", (row,))  # noqa: S608 (a number of ours)
    connection.execute("DELETE FROM memory_index WHERE row = ?", (row,))
    connection.execute("DELETE FROM memory_vectors WHERE row = ?", (row,))


def _record(connection: Connection, kind: EventKind, memory: Memory, by: Author) -> None:
    connection.execute(
        RECORD,
        {
            "at": microseconds(now()),
            "kind": kind.value,
            "id": memory.id,
            "namespace": memory.namespace,
            "state": json.dumps(to_row(memory), ensure_ascii=False),
            **asdict(by),
        },
    )
