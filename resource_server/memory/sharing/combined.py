"""MemoryStore over a person's own vault and those of the namespaces they share, as if they were one."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from resource_server.memory.origins import Statement
from resource_server.memory.quotas import DEFAULT_QUOTAS, Quotas
from resource_server.memory.ranking import MEANING_WEIGHT, WORD, telling_words
from resource_server.memory.records import (
    Changes,
    Draft,
    Filters,
    Hit,
    Kept,
    Memory,
    Page,
    Signed,
    Stats,
)
from resource_server.memory.sharing.merging import merged
from resource_server.memory.sharing.places import Place, Places
from resource_server.memory.sqlite import SqliteMemoryStore
from shared.authorization_details import NamespaceSet

T = TypeVar("T")
STEM = 5
"""Letters by which words are taken for the same here, where nothing is stemmed."""


@dataclass(frozen=True)
class CombinedStore:
    """Asks every vault that holds some of what is asked for, and writes to the one where a namespace lies."""

    places: Places
    quotas: Quotas = DEFAULT_QUOTAS

    def put(self, draft: Draft, signed: Signed) -> tuple[Memory, bool]:
        """Stores where the namespace lies."""
        kept = self.keep(draft, signed)
        return kept.memory, kept.created

    def keep(self, draft: Draft, signed: Signed, idempotency_key: str | None = None) -> Kept:
        """What became of the draft, where its namespace lies. Raises ReadOnlyNamespaceError."""
        place = self.places.of(draft.namespace)
        inside = replace(draft, namespace=place.stored_as(draft.namespace))
        return place.told(self._store(place).keep(inside, place.signing(signed), idempotency_key))

    def origins(self, memory_ids: Sequence[str]) -> dict[str, tuple[Statement, ...]]:
        """Who else said what these memories say."""
        found: dict[str, tuple[Statement, ...]] = {}
        for place in self.places.every:
            found |= place.told(self._store(place).origins(memory_ids))
        return found

    def get(self, memory_id: str, namespaces: NamespaceSet, as_of: datetime | None = None) -> Memory | None:
        """The live memory with this id, wherever it lies."""
        found = self._each(namespaces, lambda store, inside: store.get(memory_id, inside, as_of))
        return next(filter(None, found), None)

    def by_key(self, key: str, namespaces: NamespaceSet, as_of: datetime | None = None) -> list[Memory]:
        """The live memories with this key, most recently changed first."""
        every = self._each(namespaces, lambda store, inside: store.by_key(key, inside, as_of))
        found = sorted((memory for some in every for memory in some), key=lambda memory: memory.id)
        return sorted(found, key=lambda memory: memory.updated_at, reverse=True)

    def search(self, query: str, filters: Filters, limit: int, *, folded: bool = True) -> list[Hit]:
        """The best matches of all vaults, measured alike."""
        lists = self._fitting(filters, lambda store, inside: store.search(query, inside, limit, folded=folded))
        hits = [hit for found in _measured_alike(query, list(lists)) for hit in found]
        return sorted(hits, key=lambda hit: (-hit.score, hit.memory.id))[:limit]

    def page(self, filters: Filters, cursor: str | None, limit: int) -> Page:
        """A page, newest first: ids sort by the time they were made, so that one cursor serves every vault."""
        pages = self._fitting(filters, lambda store, inside: store.page(inside, cursor, limit))
        return Page(*merged(((page.memories, page.next_cursor) for page in pages), lambda memory: memory.id, limit))

    def update(self, memory_id: str, changes: Changes, namespaces: NamespaceSet, signed: Signed) -> Memory | None:
        """The changed memory, where it lies. Raises ReadOnlyNamespaceError."""
        place = self.places.holding(memory_id, namespaces)
        return place.told(
            self._store(place).update(memory_id, changes, place.inside(namespaces), place.signing(signed))
        )

    def delete(self, memory_id: str, namespaces: NamespaceSet, signed: Signed) -> Memory | None:
        """Into the trash of the vault where it lies. Raises ReadOnlyNamespaceError."""
        place = self.places.holding(memory_id, namespaces)
        return place.told(self._store(place).delete(memory_id, place.inside(namespaces), place.signing(signed)))

    def restore(self, memory_id: str, namespaces: NamespaceSet, signed: Signed) -> Memory | None:
        """Out of the trash of the vault where it lies. Raises ReadOnlyNamespaceError."""
        place = self.places.holding(memory_id, namespaces)
        return place.told(self._store(place).restore(memory_id, place.inside(namespaces), place.signing(signed)))

    def stats(self, namespaces: NamespaceSet, as_of: datetime | None = None) -> Stats:
        """Counts over all vaults together."""
        every = list(self._each(namespaces, lambda store, inside: store.stats(inside, as_of)))
        counts: Counter[str] = Counter()
        for stats in every:
            counts.update(stats.by_namespace)
        return Stats(
            by_namespace=dict(sorted(counts.items())),
            trashed=sum(stats.trashed for stats in every),
            characters=sum(stats.characters for stats in every),
            oldest=min((stats.oldest for stats in every if stats.oldest), default=None),
            newest=max((stats.newest for stats in every if stats.newest), default=None),
        )

    def unembedded(self, namespaces: NamespaceSet) -> int:
        """How many wait for their vector, in all vaults together."""
        return sum(self._each(namespaces, lambda store, inside: store.unembedded(inside)))

    def namespaces(self) -> tuple[str, ...]:
        """Those in use, and every shared one, for it is there to be chosen."""
        own = self._store(self.places.own).namespaces()
        return tuple(sorted({*own, *(place.name for place in self.places.shared)}))

    def _store(self, place: Place) -> SqliteMemoryStore:
        return SqliteMemoryStore(place.vault, self.quotas)

    def _each(self, namespaces: NamespaceSet, ask: Callable[[SqliteMemoryStore, NamespaceSet], T]) -> Iterator[T]:
        """What each vault that holds some of these namespaces answers, in the words of the person."""
        for place in self.places.reached(namespaces):
            yield place.told(ask(self._store(place), place.inside(namespaces)))

    def _fitting(self, filters: Filters, ask: Callable[[SqliteMemoryStore, Filters], T]) -> Iterator[T]:
        return self._each(filters.namespaces, lambda store, inside: ask(store, replace(filters, namespaces=inside)))


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
