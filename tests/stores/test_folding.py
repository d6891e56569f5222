"""Repetitions: what says the same is folded into the best of it, what is much alike waits, what denies is neither."""

import pytest

from resource_server.memory.embeddings import NoEmbedder
from resource_server.memory.records import Draft, Filters, Source
from resource_server.memory.store import MemoryStore
from shared.ids import new_id
from tests.stores.conftest import EVERYTHING, OpenStores, signed_by


@pytest.fixture
def store(open_vaults: OpenStores) -> MemoryStore:
    """Words alone."""
    return open_vaults(NoEmbedder()).of(new_id("usr"))


def put(store: MemoryStore, *texts: str) -> list[str]:
    """Stores each, under kinds of their own, so that none is merged; their ids."""
    drafts = (Draft("personal", text, kind=f"kind-{number}") for number, text in enumerate(texts))
    return [store.put(draft, signed_by())[0].id for draft in drafts]


def test_statements_of_the_same_are_folded_into_one_with_their_ids(store: MemoryStore) -> None:
    ids = put(store, "The dentist is on Friday at 9.", "the dentist is on friday at 9", "Dentist: Friday, 9")
    (hit,) = store.search("dentist", Filters(EVERYTHING), 5)
    assert {hit.memory.id, *hit.alike} == set(ids)


def test_folding_can_be_switched_off(store: MemoryStore) -> None:
    put(store, "dentist on Friday", "Dentist on Friday!")
    hits = store.search("dentist", Filters(EVERYTHING), 5, folded=False)
    assert [hit.alike for hit in hits] == [(), ()]


@pytest.mark.parametrize(
    "other",
    [
        "The user does not like dark roast coffee in the morning",
        "The user likes light roast coffee in the morning",
        "The user likes dark roast coffee in the morning of day 2 of each week",
        "The morning likes dark roast coffee in the user",
    ],
)
def test_what_says_something_else_is_never_folded(store: MemoryStore, other: str) -> None:
    put(store, "The user likes dark roast coffee in the morning", other)
    assert len(store.search("coffee", Filters(EVERYTHING), 5)) == 2


def test_a_denial_is_not_the_same_as_what_it_denies(store: MemoryStore) -> None:
    put(store, "Bob does eat peanuts, tofu and eggs", "Bob does not eat peanuts, tofu and eggs")
    assert len(store.search("peanuts", Filters(EVERYTHING), 5)) == 2


def test_places_that_folding_freed_are_taken_by_what_stood_further_down(store: MemoryStore) -> None:
    put(store, *["dentist on Friday"] * 60, "dentist in Lisbon was recommended by my sister")
    hits = store.search("dentist", Filters(EVERYTHING), 2)
    assert [len(hit.alike) for hit in hits] == [59, 0]


def test_what_repeats_a_better_hit_gives_way_to_something_new(store: MemoryStore) -> None:
    put(store, "tea tea green tea from the shop in Mill Road", "tea green tea from the shop in Mill Road is good")
    put(store, "tea is kept in the pantry behind the flour and the sugar")
    hits = store.search("tea", Filters(EVERYTHING), 3)
    assert min(hit.factors["repeating"] for hit in hits) < 1


def test_what_a_tool_printed_stands_behind_what_the_person_said(store: MemoryStore) -> None:
    for text, source in (("the code is 1234 today", Source.TOOL_OUTPUT), ("the code is 9876 today", Source.SAID)):
        store.put(Draft("personal", text, source=source), signed_by())
    hits = store.search("code today", Filters(EVERYTHING), 2)
    assert [hit.memory.source for hit in hits] == [Source.SAID, Source.TOOL_OUTPUT]
    assert hits[1].factors["trust"] < hits[0].factors["trust"]
