"""MemoryStore on encrypted SQLite files: one vault a person, one transaction a write."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from resource_server.memory import contradictions, writing
from resource_server.memory.conversations.withdrawal import withdraw
from resource_server.memory.finding import find
from resource_server.memory.origins import Statement, origins_of
from resource_server.memory.past import now_or_then
from resource_server.memory.past_search import find_in_the_past
from resource_server.memory.quotas import DEFAULT_QUOTAS, Quotas
from resource_server.memory.records import (
    Author,
    Changes,
    Draft,
    Filters,
    Hit,
    Kept,
    Memory,
    Page,
    Signed,
    Stats,
    UnknownCursorError,
)
from resource_server.memory.reembedding import waiting
from resource_server.memory.rows import (
    AFTER_ALL,
    COLUMNS,
    LIVE,
    MEMORY_ID,
    SEEN,
    TAGGED,
    TRASHED,
    WANTED,
    filtered,
    from_row,
    instant,
    seen,
)
from resource_server.memory.storing import Storing
from resource_server.memory.vault import Connection
from resource_server.memory.vault_access import VaultAccess
from resource_server.memory.writing import EventKind
from shared.authorization_details import NamespaceSet
from shared.clock import now

BY_KEY = f"SELECT {COLUMNS} FROM memories WHERE key = :key AND {LIVE} AND {SEEN} ORDER BY updated_at DESC, id"  # noqa: S608 (constants)
LIST = f"""
    SELECT {COLUMNS} FROM memories WHERE id < :before AND {LIVE} AND {SEEN} AND {TAGGED} AND {WANTED}
    ORDER BY id DESC LIMIT :limit
"""  # noqa: S608 (constants)
COUNTS = f"""
    SELECT namespace, count(*), sum(length(text)), min(created_at), max(created_at) FROM memories
    WHERE {LIVE} AND {SEEN} GROUP BY namespace ORDER BY namespace
"""  # noqa: S608 (constants)
CHANGED = ("text", "tags", "importance", "metadata", "expires_at", "entities")
IN_TRASH = f"SELECT count(*) FROM memories WHERE {TRASHED} AND {SEEN}"  # noqa: S608 (constants)


@dataclass(frozen=True)
class SqliteMemoryStore:
    """The memories in one person's vault."""

    vault: VaultAccess
    quotas: Quotas = DEFAULT_QUOTAS

    def put(self, draft: Draft, signed: Signed) -> tuple[Memory, bool]:
        """Stores, merges or, where the key is taken, replaces."""
        kept = self.keep(draft, signed)
        return kept.memory, kept.created

    def keep(self, draft: Draft, signed: Signed, idempotency_key: str | None = None) -> Kept:
        """What became of the draft."""
        embedded = self.vault.embedded(draft.key, draft.text)
        return self.vault.written(
            signed,
            lambda connection: Storing(connection, draft, embedded, signed.author, self.quotas).once(idempotency_key),
        )

    def origins(self, memory_ids: Sequence[str]) -> dict[str, tuple[Statement, ...]]:
        """Who else said what these memories say."""
        return self.vault.read(lambda connection: origins_of(connection, memory_ids))

    def get(self, memory_id: str, namespaces: NamespaceSet, as_of: datetime | None = None) -> Memory | None:
        """The live memory with this id."""
        found = self._rows(writing.BY_ID, {**seen(namespaces, now()), "id": memory_id}, as_of)
        return from_row(found[0]) if found else None

    def by_key(self, key: str, namespaces: NamespaceSet, as_of: datetime | None = None) -> list[Memory]:
        """The live memories with this key."""
        found = self._rows(BY_KEY, {**seen(namespaces, now()), "key": key}, as_of)
        return [from_row(row) for row in found]

    def search(self, query: str, filters: Filters, limit: int, *, folded: bool = True) -> list[Hit]:
        """The best matches, best first."""
        if filters.as_of is not None:
            return find_in_the_past(self.vault, query, filters, filters.as_of, limit, folded=folded)
        embedded = self.vault.embedded(None, query)
        name, vector = embedded or ("none", None)
        return self.vault.read(lambda connection: find(connection, query, vector, name, filters, limit, folded=folded))

    def page(self, filters: Filters, cursor: str | None, limit: int) -> Page:
        """A page, newest first; the cursor is the id of the last memory of the page before."""
        if cursor is not None and MEMORY_ID.fullmatch(cursor) is None:
            raise UnknownCursorError("not a cursor of this list")
        asked = {**filtered(filters, now()), "before": cursor or AFTER_ALL, "limit": limit + 1}
        found = [from_row(row) for row in self._rows(LIST, asked, filters.as_of)]
        page = tuple(found[:limit])
        return Page(page, page[-1].id if len(found) > limit else None)

    def update(self, memory_id: str, changes: Changes, namespaces: NamespaceSet, signed: Signed) -> Memory | None:
        """Replaces the fields that `changes` names."""
        before = self.get(memory_id, namespaces)
        if before is None:
            return None
        # Embedded before the transaction; a text that changes in between is embedded again, inside.
        guess = changes.text if changes.text is not None else before.text
        embedded = self.vault.embedded(before.key, guess)

        def work(connection: Connection) -> Memory | None:
            current = writing.live(connection, memory_id, namespaces)
            if current is None:
                return None
            self.quotas.check(connection, adds=False)
            memory = _changed(current, changes, signed.author)
            fresh = embedded if memory.text == guess else self.vault.embedded(memory.key, memory.text)
            writing.change(connection, memory, fresh, EventKind.UPDATED, signed.author)
            return memory if memory.text == current.text else _settled(connection, memory, signed.author)

        return self.vault.written(signed, work)

    def delete(self, memory_id: str, namespaces: NamespaceSet, signed: Signed) -> Memory | None:
        """Into the trash."""

        def work(connection: Connection) -> Memory | None:
            current = writing.live(connection, memory_id, namespaces)
            if current is None:
                return None
            memory = replace(current, deleted_at=now())
            writing.change(connection, memory, None, EventKind.DELETED, signed.author)
            withdraw(connection, memory, signed.author)
            return memory

        return self.vault.written(signed, work)

    def restore(self, memory_id: str, namespaces: NamespaceSet, signed: Signed) -> Memory | None:
        """Out of the trash, unless its key is taken; one that had expired comes back without an end."""

        def work(connection: Connection) -> Memory | None:
            found = writing.trashed(connection, memory_id, namespaces)
            if found is None or _key_is_taken(connection, found):
                return None
            kept = None if _is_over(found, now()) else found.expires_at
            memory = replace(found, deleted_at=None, expires_at=kept, updated_at=now())
            embedded = self.vault.embedded(memory.key, memory.text)
            writing.change(connection, memory, embedded, EventKind.RESTORED, signed.author)
            return memory

        return self.vault.written(signed, work)

    def stats(self, namespaces: NamespaceSet, as_of: datetime | None = None) -> Stats:
        """Counts, all from one snapshot."""
        asked = seen(namespaces, now())
        counts, trashed = self.vault.read(
            lambda connection: (
                connection.execute(*now_or_then(COUNTS, asked, as_of)).fetchall(),
                connection.execute(*now_or_then(IN_TRASH, asked, as_of)).fetchone()[0],
            )
        )
        return _stats(counts, trashed)

    def unembedded(self, namespaces: NamespaceSet) -> int:
        """How many memories wait for their vector; a person who never stored anything gets no vault by it."""
        if not self.vault.exists:
            return 0
        name = self.vault.embedder.name
        return self.vault.read(lambda connection: waiting(connection, name, namespaces))

    def namespaces(self) -> tuple[str, ...]:
        """The namespaces in use; a person who never stored anything gets no vault by being asked about."""
        if not self.vault.exists:
            return ()
        return tuple(self.stats(NamespaceSet(everything=True)).by_namespace)

    def _rows(self, statement: str, parameters: dict[str, Any], as_of: datetime | None = None) -> list[tuple[Any, ...]]:
        return self.vault.read(lambda connection: list(connection.execute(*now_or_then(statement, parameters, as_of))))


def _is_over(memory: Memory, at: datetime) -> bool:
    return memory.expires_at is not None and memory.expires_at <= at


def _key_is_taken(connection: Connection, memory: Memory) -> bool:
    if memory.key is None:
        return False
    holder = writing.holder_of(connection, memory.namespace, memory.key)
    return holder is not None and holder.id != memory.id


def _changed(memory: Memory, changes: Changes, author: Author) -> Memory:
    given = {name: getattr(changes, name) for name in CHANGED}
    fields = {name: value for name, value in given.items() if value is not None}
    if changes.never_expires:
        fields["expires_at"] = None
    if changes.stands or (changes.text is not None and changes.text != memory.text):
        fields["superseded_by"] = None
    return replace(memory, updated_at=now(), author=author, **fields)


def _settled(connection: Connection, memory: Memory, author: Author) -> Memory:
    """Says something else now: what it replaced stands again, and others may be contradicted."""
    writing.reinstate(connection, memory.id, author)
    return contradictions.settle(connection, memory, memory.updated_at, author)[0]


def _stats(counts: list[tuple[Any, ...]], trashed: int) -> Stats:
    return Stats(
        by_namespace={namespace: count for namespace, count, *_ in counts},
        trashed=trashed,
        characters=sum(row[2] for row in counts),
        oldest=instant(min((row[3] for row in counts), default=None)),
        newest=instant(max((row[4] for row in counts), default=None)),
    )
