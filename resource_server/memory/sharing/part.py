"""One shared namespace as a store of one member: their name for it, their role, and who of the members wrote what."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from resource_server.memory.asked import Asked
from resource_server.memory.origins import Statement
from resource_server.memory.records import (
    Author,
    Changes,
    Draft,
    Filters,
    Hit,
    Kept,
    Memory,
    Page,
    ReadOnlyNamespaceError,
    Signed,
    Stats,
)
from resource_server.memory.sharing.membership import Membership, Memberships
from resource_server.memory.sqlite import SqliteMemoryStore
from shared.authorization_details import NamespaceSet

T = TypeVar("T")
HELD = "SELECT 1 FROM memories WHERE id = ?"


@dataclass(frozen=True)
class SharedPart:
    """Reads and writes the vault of a shared namespace for one of its members.

    Every write asks for the role once more before it is committed: whoever is removed meanwhile writes nothing.
    """

    store: SqliteMemoryStore
    membership: Membership
    memberships: Memberships = field(repr=False)

    @property
    def name(self) -> str:
        """What the member calls the namespace."""
        return self.membership.name

    @property
    def _inside(self) -> NamespaceSet:
        return NamespaceSet.of(self.membership.stored_as)

    def keep(self, draft: Draft, signed: Signed, idempotency_key: str | None = None) -> Kept:
        """Stores for all members. Raises ReadOnlyNamespaceError."""
        inside = replace(draft, namespace=self.membership.stored_as)
        kept = self._written(signed, lambda mine: self.store.keep(inside, mine, idempotency_key))
        replaces = tuple(map(self._outside, kept.replaces))
        return replace(kept, memory=self._outside(kept.memory), replaces=replaces)

    def holds(self, memory_id: str) -> bool:
        """Whether the memory lies here, in the trash too."""
        return self.store.vault.read(lambda held: held.execute(HELD, (memory_id,)).fetchone()) is not None

    def get(self, memory_id: str, as_of: datetime | None = None) -> Memory | None:
        """The live memory with this id."""
        return self._or_none(self.store.get(memory_id, self._inside, as_of))

    def by_key(self, key: str, as_of: datetime | None = None) -> list[Memory]:
        """The live memory with this key, if there is one."""
        return list(map(self._outside, self.store.by_key(key, self._inside, as_of)))

    def search(self, query: str, filters: Filters, limit: int, *, folded: bool) -> list[Hit]:
        """The best matches."""
        found = self.store.search(query, replace(filters, namespaces=self._inside), limit, folded=folded)
        return [replace(hit, memory=self._outside(hit.memory)) for hit in found]

    def page(self, filters: Filters, cursor: str | None, limit: int) -> Page:
        """A page, newest first."""
        page = self.store.page(replace(filters, namespaces=self._inside), cursor, limit)
        return replace(page, memories=tuple(map(self._outside, page.memories)))

    def origins(self, memory_ids: Sequence[str]) -> dict[str, tuple[Statement, ...]]:
        """Who else said what these memories say."""
        found = self.store.origins(memory_ids)
        return {
            memory_id: tuple(replace(one, author=self._told(one.author)) for one in statements)
            for memory_id, statements in found.items()
        }

    def update(self, memory_id: str, changes: Changes, signed: Signed) -> Memory | None:
        """The changed memory. Raises ReadOnlyNamespaceError."""
        return self._or_none(
            self._written(signed, lambda mine: self.store.update(memory_id, changes, self._inside, mine))
        )

    def delete(self, memory_id: str, signed: Signed) -> Memory | None:
        """Into the trash, which all members share. Raises ReadOnlyNamespaceError."""
        return self._or_none(self._written(signed, lambda mine: self.store.delete(memory_id, self._inside, mine)))

    def restore(self, memory_id: str, signed: Signed) -> Memory | None:
        """Out of the trash. Raises ReadOnlyNamespaceError."""
        return self._or_none(self._written(signed, lambda mine: self.store.restore(memory_id, self._inside, mine)))

    def stats(self, as_of: datetime | None = None) -> Stats:
        """Counts under the member's name for it."""
        stats = self.store.stats(self._inside, as_of)
        count = sum(stats.by_namespace.values())
        return replace(stats, by_namespace=dict.fromkeys([self.name] if count else [], count))

    def _written(self, signed: Signed, write: Callable[[Signed], T]) -> T:
        """The ledger of the shared vault learns who wrote, and not what they asked: that stays in their own."""
        self._ensure_may_write(self.membership.role.may_write)
        author = replace(signed.author, person=self.membership.user_id)
        written = write(Signed(author, lambda: self._confirm(signed), Asked(namespaces=self._inside.listed())))
        signed.asked.has_written = True
        return written

    def _confirm(self, signed: Signed) -> None:
        role = self.memberships.role_now(self.membership.share_id, self.membership.user_id)
        self._ensure_may_write(role is not None and role.may_write)
        signed.confirm()

    def _ensure_may_write(self, may_write: bool) -> None:
        if not may_write:
            raise ReadOnlyNamespaceError(
                f"The namespace {self.name!r} is shared, and this person may read it, not write to it. "
                "Its owner decides that. Save to another namespace."
            )

    def _or_none(self, memory: Memory | None) -> Memory | None:
        return self._outside(memory) if memory is not None else None

    def _outside(self, memory: Memory) -> Memory:
        return replace(memory, namespace=self.name, author=self._told(memory.author))

    def _told(self, author: Author) -> Author:
        return replace(author, person=self.membership.label_of(author.person))
