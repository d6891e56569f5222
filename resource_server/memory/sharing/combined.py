"""MemoryStore over a person's own vault and those of the namespaces they share, as if they were one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from resource_server.memory.origins import Statement
from resource_server.memory.quarantine import Quarantine
from resource_server.memory.ranking import MEANING_WEIGHT, WORD, telling_words
from resource_server.memory.records import (
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
from resource_server.memory.sharing.part import SharedPart
from resource_server.memory.sqlite import SqliteMemoryStore
from shared.authorization_details import NamespaceSet

STEM = 5
"""Letters by which words are taken for the same here, where nothing is stemmed."""


@dataclass(frozen=True)
class CombinedStore:
    """Routes by namespace: one that is shared lies in its own vault, everything else in the person's."""

    own: SqliteMemoryStore
    shared: tuple[SharedPart, ...]

    def put(self, draft: Draft, signed: Signed) -> tuple[Memory, bool]:
        """Stores where the namespace lies."""
        kept = self.keep(draft, signed)
        return kept.memory, kept.created

    def keep(self, draft: Draft, signed: Signed, idempotency_key: str | None = None) -> Kept:
        """What became of the draft, where its namespace lies. Raises ReadOnlyNamespaceError."""
        for part in self._parts(NamespaceSet.of(draft.namespace)):
            self._ensure_need_not_wait(part, signed)
            return part.keep(draft, signed, idempotency_key)
        return self.own.keep(draft, signed, idempotency_key)

    def origins(self, memory_ids: Sequence[str]) -> dict[str, tuple[Statement, ...]]:
        """Who else said what these memories say."""
        found = dict(self.own.origins(memory_ids))
        for part in self.shared:
            found |= part.origins(memory_ids)
        return found

    def get(self, memory_id: str, namespaces: NamespaceSet, as_of: datetime | None = None) -> Memory | None:
        """The live memory with this id, wherever it lies."""
        found = (part.get(memory_id, as_of) for part in self._parts(namespaces))
        return self.own.get(memory_id, namespaces, as_of) or next(filter(None, found), None)

    def by_key(self, key: str, namespaces: NamespaceSet, as_of: datetime | None = None) -> list[Memory]:
        """The live memories with this key, most recently changed first."""
        found = self.own.by_key(key, namespaces, as_of)
        for part in self._parts(namespaces):
            found += part.by_key(key, as_of)
        found.sort(key=lambda memory: memory.id)
        return sorted(found, key=lambda memory: memory.updated_at, reverse=True)

    def search(self, query: str, filters: Filters, limit: int, *, folded: bool = True) -> list[Hit]:
        """The best matches of all vaults, measured alike."""
        parts = self._parts(filters.namespaces)
        lists = [self.own.search(query, filters, limit, folded=folded)]
        lists += [part.search(query, filters, limit, folded=folded) for part in parts]
        hits = [hit for found in _measured_alike(query, lists) for hit in found]
        return sorted(hits, key=lambda hit: (-hit.score, hit.memory.id))[:limit]

    def page(self, filters: Filters, cursor: str | None, limit: int) -> Page:
        """A page, newest first: ids sort by the time they were made, so that one cursor serves every vault."""
        pages = [self.own.page(filters, cursor, limit)]
        pages += [part.page(filters, cursor, limit) for part in self._parts(filters.namespaces)]
        merged = sorted((memory for page in pages for memory in page.memories), key=lambda one: one.id, reverse=True)
        shown = tuple(merged[:limit])
        goes_on = len(merged) > limit or any(page.next_cursor for page in pages)
        return Page(shown, shown[-1].id if goes_on and shown else None)

    def update(self, memory_id: str, changes: Changes, namespaces: NamespaceSet, signed: Signed) -> Memory | None:
        """The changed memory, where it lies. Raises ReadOnlyNamespaceError."""
        part = self._holding(memory_id, namespaces)
        if part is not None:
            return part.update(memory_id, changes, signed)
        return self.own.update(memory_id, changes, namespaces, signed)

    def delete(self, memory_id: str, namespaces: NamespaceSet, signed: Signed) -> Memory | None:
        """Into the trash of the vault where it lies. Raises ReadOnlyNamespaceError."""
        part = self._holding(memory_id, namespaces)
        return part.delete(memory_id, signed) if part is not None else self.own.delete(memory_id, namespaces, signed)

    def restore(self, memory_id: str, namespaces: NamespaceSet, signed: Signed) -> Memory | None:
        """Out of the trash of the vault where it lies. Raises ReadOnlyNamespaceError."""
        part = self._holding(memory_id, namespaces)
        return part.restore(memory_id, signed) if part is not None else self.own.restore(memory_id, namespaces, signed)

    def stats(self, namespaces: NamespaceSet, as_of: datetime | None = None) -> Stats:
        """Counts over all vaults together."""
        every = [self.own.stats(namespaces, as_of), *(part.stats(as_of) for part in self._parts(namespaces))]
        counts: dict[str, int] = {}
        for stats in every:
            for namespace, count in stats.by_namespace.items():
                counts[namespace] = counts.get(namespace, 0) + count
        return Stats(
            by_namespace=dict(sorted(counts.items())),
            trashed=sum(stats.trashed for stats in every),
            characters=sum(stats.characters for stats in every),
            oldest=min((stats.oldest for stats in every if stats.oldest), default=None),
            newest=max((stats.newest for stats in every if stats.newest), default=None),
        )

    def unembedded(self, namespaces: NamespaceSet) -> int:
        """Those of the own vault; a shared one catches up when it is opened."""
        return self.own.unembedded(namespaces)

    def namespaces(self) -> tuple[str, ...]:
        """Those in use, and every shared one, for it is there to be chosen."""
        return tuple(sorted({*self.own.namespaces(), *(part.name for part in self.shared)}))

    def _ensure_need_not_wait(self, part: SharedPart, signed: Signed) -> None:
        """Each person's quarantine holds for what their apps write anywhere, and other members cannot wait for it."""
        if Quarantine(self.own.vault).holds_back(signed.author.client_id):
            raise ReadOnlyNamespaceError(
                f"The namespace {part.name!r} is shared, and the person has not accepted yet what this app writes. "
                "Save to another namespace, where it waits for them."
            )

    def _parts(self, namespaces: NamespaceSet) -> list[SharedPart]:
        return [part for part in self.shared if part.name in namespaces]

    def _holding(self, memory_id: str, namespaces: NamespaceSet) -> SharedPart | None:
        return next((part for part in self._parts(namespaces) if part.holds(memory_id)), None)


def _measured_alike(query: str, lists: Sequence[Sequence[Hit]]) -> list[list[Hit]]:
    """Scores of words are shares of the best match in a vault: here they become shares of the best match of all.

    How good the best one is tells how many of the words of the question its vault's hits hold.
    """
    words = telling_words(query)
    held = [max((_held(words, hit) for hit in hits), default=0.0) for hits in lists]
    best = max(held, default=0.0)
    if not best:
        return [list(hits) for hits in lists]
    weight = MEANING_WEIGHT if any(hit.meaning for hits in lists for hit in hits) else 0.0
    return [[_lowered(hit, share / best, weight) for hit in hits] for hits, share in zip(lists, held, strict=True)]


def _held(words: Sequence[str], hit: Hit) -> float:
    memory = hit.memory
    said = " ".join((memory.key or "", memory.text, *memory.tags)).casefold()
    stems = {word[:STEM] for word in WORD.findall(said)}
    return sum(word[:STEM] in stems for word in words) / len(words) if words else 0.0


def _lowered(hit: Hit, factor: float, weight: float) -> Hit:
    """The score as `fuse` would have made it from words that count less."""
    before = (1 - weight) * hit.words + weight * hit.meaning
    if not before:
        return hit
    after = (1 - weight) * hit.words * factor + weight * hit.meaning
    return replace(hit, score=hit.score * after / before, words=hit.words * factor, around=hit.around * factor)
