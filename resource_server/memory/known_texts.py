"""Which texts a vault holds, so that nothing is imported twice: digests, a few bytes a memory."""

import json
from collections.abc import Callable
from datetime import datetime
from hashlib import blake2b

from resource_server.memory.importers.imported import Imported
from resource_server.memory.rows import microseconds
from resource_server.memory.vault import Connection

THERE = "already there"
IN_TRASH = "deleted since it was imported"
TWICE = "twice in the file"

# What an undone import left in the trash may come again; what the person deleted may not.
ALL_TEXTS = """
    SELECT id, namespace, text, happened_at, deleted_at IS NOT NULL FROM memories
    WHERE deleted_at IS NULL OR batch IS NULL
    OR batch NOT IN (SELECT batch FROM imports WHERE undone_at IS NOT NULL)
"""
LAST_EVENT = "SELECT coalesce(max(sequence), 0) FROM events"
EVENTS_SINCE = "SELECT state FROM events WHERE sequence > ? AND state IS NOT NULL"


class KnownTexts:
    """What is in a vault, and what an import has seen so far in its file."""

    def __init__(self) -> None:
        self._there: dict[bytes, str] = {}
        self._seen: set[bytes] = set()
        self._sequence = 0

    def load(self, connection: Connection) -> None:
        """Everything in one snapshot, the last event included."""
        self.move_on(connection)
        for memory_id, namespace, text, happened_at, is_deleted in connection.execute(ALL_TEXTS):
            for digest in _digests(namespace, text, happened_at):
                self._there[digest] = self._there.get(digest) or ("" if is_deleted else memory_id)

    def catch_up(self, connection: Connection, namespace: str) -> Callable[[Imported], bool]:
        """Says, inside a write, which records somebody else stored since the last look."""
        meanwhile: set[bytes] = set()
        for (state,) in connection.execute(EVENTS_SINCE, (self._sequence,)):
            values = json.loads(state)
            meanwhile.update(_digests(values["namespace"], values["text"], values.get("happened_at")))
        return lambda record: _digest_of(namespace, record.text, record.happened_at) in meanwhile

    def move_on(self, connection: Connection) -> None:
        """At the end of a write: what happened up to here is known."""
        self._sequence = connection.execute(LAST_EVENT).fetchone()[0]

    def id_of(self, namespace: str, record: Imported) -> str:
        """The memory that says the same already; empty where it lies in the trash, or there is none."""
        return self._there.get(_digest_of(namespace, record.text, record.happened_at), "")

    def why_not(self, namespace: str, record: Imported) -> str:
        """Why the record is not imported; empty where it is. One without a date is known by its text alone."""
        digest = _digest_of(namespace, record.text, record.happened_at)
        if digest in self._there:
            return THERE if self._there[digest] else IN_TRASH
        if digest in self._seen:
            return TWICE
        self._seen.add(digest)
        return ""


def _digest_of(namespace: str, text: str, happened_at: datetime | None) -> bytes:
    dated, undated = _digests(namespace, text, microseconds(happened_at))
    return undated if happened_at is None else dated


def _digests(namespace: str, text: str, happened_at: int | None) -> tuple[bytes, bytes]:
    """With the date and without."""
    named = blake2b(f"{namespace}\0{text}".encode(), digest_size=16)
    undated = named.digest()
    named.update(f"\0{happened_at}".encode())
    return named.digest(), undated
