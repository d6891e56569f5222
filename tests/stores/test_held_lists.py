"""What is held in memory of common words and of vectors says what the vault read anew says, whatever is written."""

import numpy as np
import pytest

from resource_server.memory import held_postings
from resource_server.memory.embeddings import NoEmbedder
from resource_server.memory.postings import EXACT
from resource_server.memory.records import Changes, Draft, Filters
from resource_server.memory.store import MemoryStore
from resource_server.memory.vault_stores import VaultStores
from shared.ids import new_id
from tests.stores.conftest import EVERYTHING, OpenStores, signed_by
from tests.stores.meanings import MeaningEmbedder

ADA = new_id("usr")
MANY = EXACT + 20


@pytest.fixture
def store(open_vaults: OpenStores) -> MemoryStore:
    """A vault in which one word is common, searched by words alone."""
    store = open_vaults(NoEmbedder()).of(ADA)
    for number in range(MANY):
        store.put(Draft("personal", f"coffee number{number}", tags=("tea",)[: number % 2]), signed_by())
    return store


@pytest.fixture
def anew(open_vaults: OpenStores) -> MemoryStore:
    """The same vault, with nothing held."""
    return without_room(open_vaults(NoEmbedder()))


def without_room(stores: VaultStores) -> MemoryStore:
    """Reads its index for each search."""
    stores.vaults._search_memory.limit = 0
    return stores.of(ADA)


def found(store: MemoryStore, query: str = "coffee tea") -> dict[str, float]:
    """The hits of a search, best first, and what words count in each."""
    return {hit.memory.id: hit.words for hit in store.search(query, Filters(EVERYTHING), 50, folded=False)}


def says_the_same(store: MemoryStore, anew: MemoryStore) -> bool:
    """How common a word is may be known to a hundredth only."""
    return found(store) == pytest.approx(found(anew), abs=0.01)


def test_every_write_reaches_the_list_of_a_common_word(store: MemoryStore, anew: MemoryStore) -> None:
    assert says_the_same(store, anew)
    written, _ = store.put(Draft("personal", "tea and coffee", key="coffee", tags=("tea",)), signed_by())
    assert next(iter(found(store))) == written.id
    assert says_the_same(store, anew)
    store.update(written.id, Changes(text="nothing of the kind", tags=("tea",)), EVERYTHING, signed_by())
    assert says_the_same(store, anew)
    for memory_id in [*found(store)][:5]:
        store.delete(memory_id, EVERYTHING, signed_by())
    assert says_the_same(store, anew)
    store.restore(written.id, EVERYTHING, signed_by())
    assert says_the_same(store, anew)


def test_a_list_that_missed_very_many_writes_is_read_anew(
    store: MemoryStore, anew: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held_postings, "MOST_CHANGED", 3)
    assert says_the_same(store, anew)
    for number in range(5):
        store.put(Draft("personal", f"more coffee {number}"), signed_by())
    assert says_the_same(store, anew)


def test_lists_beyond_the_bound_make_way(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held_postings, "MOST", MANY)
    for number in range(MANY):
        store.put(Draft("personal", f"cocoa for number{number}"), signed_by())
    assert found(store, "coffee") != []
    assert found(store, "cocoa") != []
    lists = held_postings.HeldPostings()
    for word in ("one", "two"):
        lists.of((1, word), 1, lambda _: None, lambda _: (np.arange(MANY, dtype=np.int32), np.ones(MANY, np.float32)))
    assert lists.size == 8 * MANY


def test_without_room_for_vectors_meaning_is_the_same(open_vaults: OpenStores) -> None:
    store = open_vaults(MeaningEmbedder()).of(ADA)
    for text in ("dentist on Friday", "a walk in the park"):
        store.put(Draft("personal", text), signed_by())
    held = store.search("tooth", Filters(EVERYTHING), 5)
    read = without_room(open_vaults(MeaningEmbedder())).search("tooth", Filters(EVERYTHING), 5)
    assert held[0].meaning > 0
    assert [hit.meaning for hit in held] == pytest.approx([hit.meaning for hit in read])
