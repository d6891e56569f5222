"""A draft becomes a memory, or part of one: under its key, as the same statement again, in quarantine, or as new."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from resource_server.memory import contradictions, duplicates, idempotency, quarantine, writing
from resource_server.memory.quotas import Quotas
from resource_server.memory.records import TRUST, Author, Draft, Kept, Memory
from resource_server.memory.rows import COLUMNS, from_row
from resource_server.memory.vault import Connection
from resource_server.memory.vault_access import Embedded
from resource_server.memory.writing import EventKind
from shared.clock import now
from shared.ids import new_id

ANY = f"SELECT {COLUMNS} FROM memories WHERE id = ?"  # noqa: S608 (constants)


@dataclass(frozen=True)
class Storing:
    """One draft of one app, to be stored in the transaction of `connection`."""

    connection: Connection
    draft: Draft
    embedded: Embedded
    author: Author
    quotas: Quotas

    def once(self, idempotency_key: str | None) -> Kept:
        """Stores it, unless this app sent it before under the same key. Raises IdempotencyKeyReusedError."""
        if idempotency_key is None:
            return self.store()
        app = idempotency.owner_of(self.author)
        memory_id = idempotency.stored_before(self.connection, app, idempotency_key, self.draft)
        found = memory_id and self.connection.execute(ANY, (memory_id,)).fetchone()
        if found:
            memory = from_row(found)
            return Kept(memory, created=False, waits=memory.quarantined_at is not None)
        kept = self.store()
        idempotency.remember(self.connection, app, idempotency_key, self.draft, kept.memory.id)
        return kept

    def store(self) -> Kept:
        """Raises QuotaReachedError, TooManyNamespacesError, TooManyWaitingError."""
        at = now()
        new = made_of(self.draft, self.author, at)
        if quarantine.holds_back(self.connection, self.author.client_id):
            self.quotas.check(self.connection, adds=True)
            return Kept(*quarantine.keep_back(self.connection, new, at), waits=True)
        current = self._holder(at) if new.key is not None else self._same(new, at)
        self.quotas.check(self.connection, adds=current is None)
        if current is None:
            writing.insert(self.connection, new, self.embedded)
            return self._settled(new, created=True)
        if new.key is not None:
            return self._settled(self._replaced(current, at), created=False)
        merged = duplicates.merge(self.connection, current, new, self.embedded)
        is_unchanged = merged.superseded_by is not None or current.superseded_by is None
        return Kept(merged, created=False) if is_unchanged else self._settled(merged, created=False)

    def _holder(self, at: datetime) -> Memory | None:
        """Who holds the key; one whose time is over lets it go."""
        holder = writing.holder_of(self.connection, self.draft.namespace, self.draft.key or "")
        if holder is not None and holder.expires_at is not None and holder.expires_at <= at:
            writing.expire(self.connection, holder, self.author)
            return None
        return holder

    def _same(self, new: Memory, at: datetime) -> Memory | None:
        return duplicates.same_as(self.connection, new, self.embedded, at)

    def _replaced(self, holder: Memory, at: datetime) -> Memory:
        memory = replace(holder, author=self.author, superseded_by=None, **_given(self.draft, at))
        if memory.text != holder.text:
            writing.reinstate(self.connection, holder.id, self.author)
        writing.change(self.connection, memory, self.embedded, EventKind.UPDATED, self.author)
        return memory

    def _settled(self, memory: Memory, *, created: bool) -> Kept:
        at = self.draft.happened_at or memory.updated_at
        memory, replaces = contradictions.settle(self.connection, memory, at, self.author)
        return Kept(memory, created, replaces)


def made_of(draft: Draft, author: Author, at: datetime) -> Memory:
    """A new memory."""
    return Memory(id=new_id("mem"), created_at=at, author=author, **_given(draft, at))


def _given(draft: Draft, at: datetime) -> dict[str, Any]:
    happened_at = draft.happened_at or at
    return vars(draft) | {"updated_at": at, "happened_at": happened_at, "trust": TRUST[draft.source]}
