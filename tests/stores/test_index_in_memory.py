"""The index in memory says what the database says: after every kind of write, by whoever wrote, within its bounds."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resource_server.memory.index_filter import columns_of, fitting
from resource_server.memory.postings import EXACT
from resource_server.memory.records import Author, Changes, Draft, Filters, Signed
from resource_server.memory.rows import FITTING, filtered
from resource_server.memory.vault import Connection
from resource_server.memory.vault_stores import VaultStores
from shared.authorization_details import NamespaceSet
from shared.clock import now
from shared.ids import new_id
from tests.stores.conftest import EVERYTHING, OpenStores, signed_by
from tests.stores.meanings import MeaningEmbedder

ADA = new_id("usr")
NAMESPACES, KINDS, APPS = ("personal", "work", "été"), ("note", "fact"), ("Claude", "cláude", "Notes")
TAGS = ("a", "A", "two words", "🦊", "a,b")
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
FILTERS = st.builds(
    Filters,
    namespaces=st.sampled_from([EVERYTHING, NamespaceSet.of("work"), NamespaceSet.of("work", "été"), NamespaceSet()]),
    tags=st.lists(st.sampled_from(TAGS), max_size=2).map(tuple),
    kinds=st.lists(st.sampled_from((*KINDS, "other")), max_size=2).map(tuple),
    since=st.none() | st.integers(0, 9).map(lambda day: BEGIN + timedelta(days=day)),
    until=st.none() | st.integers(0, 9).map(lambda day: BEGIN + timedelta(days=day)),
    app=st.none() | st.sampled_from(["cli_1", "CLAUDE", "CLÁUDE", "notes", "nobody"]),
    conversation=st.none() | st.sampled_from(["one", "two"]),
)


def drafts() -> list[tuple[Draft, Signed]]:
    """One for each few combinations of what can be filtered by."""
    return [
        (
            Draft(
                NAMESPACES[number % 3],
                f"text {number}",
                tags=tuple(tag for place, tag in enumerate(TAGS) if number >> place & 1),
                kind=KINDS[number % 2],
                happened_at=BEGIN + timedelta(days=number % 10),
                conversation=(None, "one", "two")[number // 3 % 3],
                expires_at=now() + timedelta(days=1) if number % 7 == 0 else None,
            ),
            Signed(Author(f"cli_{number % 2}", "grt_1", "memory_store", APPS[number // 2 % 3]), lambda: None),
        )
        for number in range(32)
    ]


@pytest.fixture
def stores(open_vaults: OpenStores) -> VaultStores:
    """Ada's vault with a bit of everything."""
    stores = open_vaults(MeaningEmbedder())
    for draft, signed in drafts():
        stores.of(ADA).put(draft, signed)
    return stores


def both_ways(filters: Filters, at: datetime) -> Callable[[Connection], tuple[set[int], set[int]]]:
    """The rows that fit by the arrays, and by SQL."""
    asked = filtered(filters, at)

    def work(connection: Connection) -> tuple[set[int], set[int]]:
        fits = fitting(connection, columns_of(connection, asked), asked).nonzero()[0].tolist()
        found = connection.execute(f"SELECT row FROM memory_index WHERE {FITTING}", asked)
        return set(fits), {row for (row,) in found}

    return work


def test_the_arrays_filter_as_the_database_does(stores: VaultStores) -> None:
    vault, seen = stores.vault_of(ADA), set()

    @settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=80)
    @given(FILTERS, st.sampled_from([now(), now() + timedelta(days=2)]))
    def check(filters: Filters, at: datetime) -> None:
        by_arrays, by_database = vault.read(both_ways(filters, at))
        assert by_arrays == by_database
        seen.add(len(by_database))

    check()
    assert len(seen) > 5  # not only nothing and everything


def test_every_kind_of_write_is_seen_by_the_next_search(stores: VaultStores) -> None:
    store = stores.of(ADA)

    def is_current() -> bool:
        by_arrays, by_database = stores.vault_of(ADA).read(both_ways(Filters(EVERYTHING), now()))
        return by_arrays == by_database

    assert is_current()
    memory, _ = store.put(Draft("new", "zebra"), signed_by())
    assert [hit.memory.id for hit in store.search("zebra", Filters(EVERYTHING), 1)] == [memory.id]
    store.update(memory.id, Changes(text="okapi"), EVERYTHING, signed_by())
    assert [hit.memory.text for hit in store.search("okapi", Filters(EVERYTHING), 1)] == ["okapi"]
    store.delete(memory.id, EVERYTHING, signed_by())
    assert is_current()
    store.restore(memory.id, EVERYTHING, signed_by())
    assert is_current()


def test_what_another_process_writes_is_seen(stores: VaultStores, open_vaults: OpenStores) -> None:
    elsewhere = open_vaults(MeaningEmbedder()).of(ADA)
    assert stores.of(ADA).search("zebra", Filters(EVERYTHING), 5)[0].words == 0
    written, _ = elsewhere.put(Draft("personal", "zebra"), signed_by())
    assert stores.of(ADA).search("zebra", Filters(EVERYTHING), 1)[0].memory.id == written.id
    elsewhere.delete(written.id, EVERYTHING, signed_by())
    assert written.id not in {hit.memory.id for hit in stores.of(ADA).search("zebra", Filters(EVERYTHING), 50)}


def test_a_write_that_is_rolled_back_leaves_nothing_in_memory(stores: VaultStores) -> None:
    vault = stores.vault_of(ADA)
    before = vault.read(both_ways(Filters(EVERYTHING), now()))

    def work(connection: Connection) -> None:
        connection.execute("DELETE FROM memory_index")
        assert both_ways(Filters(EVERYTHING), now())(connection) == (set(), set())
        raise RuntimeError

    with pytest.raises(RuntimeError):
        vault.noted(work)
    assert vault.read(both_ways(Filters(EVERYTHING), now())) == before


def test_a_vault_that_has_no_room_in_memory_is_searched_all_the_same(open_vaults: OpenStores) -> None:
    stores = open_vaults(MeaningEmbedder())
    stores.vaults._search_memory.limit = 0
    stores.of(ADA).put(Draft("personal", "dentist on Friday"), signed_by())
    assert stores.of(ADA).search("tooth", Filters(EVERYTHING), 5)[0].meaning > 0
    assert not stores.vaults._search_memory._held


def test_indexes_used_longest_ago_make_way(open_vaults: OpenStores) -> None:
    stores = open_vaults(MeaningEmbedder())
    people = [new_id("usr") for _ in range(3)]
    for person in people:
        stores.of(person).put(Draft("personal", "dentist"), signed_by())
    stores.of(people[0]).search("dentist", Filters(EVERYTHING), 1)
    memory = stores.vaults._search_memory
    memory.limit = 2 * sum(memory._held.values())
    for person in people:
        stores.of(person).search("dentist", Filters(EVERYTHING), 1)
    assert len(memory._held) == 2
    assert sum(memory._held.values()) <= memory.limit
    assert stores.of(people[0]).search("dentist", Filters(EVERYTHING), 1)


def test_a_word_that_very_many_memories_hold_still_finds_and_prefers_the_shorter(open_vaults: OpenStores) -> None:
    store = open_vaults(MeaningEmbedder()).of(ADA)
    for number in range(EXACT + 20):
        store.put(Draft("personal", f"coffee with many other words around it number{number}"), signed_by())
    short, _ = store.put(Draft("personal", "coffee", key="drink"), signed_by())
    keyed, _ = store.put(Draft("personal", "black, with many other words around it", key="coffee"), signed_by())
    hits = store.search("coffee", replace(Filters(EVERYTHING)), 2)
    assert {hit.memory.id for hit in hits} == {short.id, keyed.id}
