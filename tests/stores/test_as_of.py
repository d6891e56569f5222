"""`as_of`, for every backend: what a person's memory was at an instant, by every way to read it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from resource_server.memory import past_search
from resource_server.memory.records import Changes, Draft, Filters, Memory
from resource_server.memory.store import MemoryStore
from shared.authorization_details import NamespaceSet
from tests.stores.conftest import EVERYTHING, signed_by

START = datetime(2026, 3, 1, tzinfo=UTC)
WORK = NamespaceSet.of("work")


def hour(number: float) -> datetime:
    """So many hours after the start."""
    return START + timedelta(hours=number)


@contextmanager
def at(number: float) -> Iterator[None]:
    """The clock stands at an hour."""
    with time_machine.travel(hour(number), tick=False):
        yield


def put_at(store: MemoryStore, number: float, draft: Draft) -> Memory:
    """A memory stored at an hour."""
    with at(number):
        return store.put(draft, signed_by())[0]


def texts_of(store: MemoryStore, number: float, namespaces: NamespaceSet = EVERYTHING) -> set[str]:
    """What the list showed at an hour."""
    page = store.page(Filters(namespaces, as_of=hour(number)), None, 50)
    return {memory.text for memory in page.memories}


def test_a_memory_is_read_as_it_was(store: MemoryStore) -> None:
    first = put_at(store, 1, Draft("work", "lives in Rome", "home", ("place",)))
    with at(3):
        store.update(first.id, Changes(text="lives in Paris", tags=()), EVERYTHING, signed_by("Cursor"))
    with at(9):
        assert store.get(first.id, EVERYTHING, hour(0.9)) is None
        assert store.get(first.id, EVERYTHING, hour(1)) == first
        assert store.by_key("home", EVERYTHING, hour(2)) == [first]
        assert store.page(Filters(EVERYTHING, tags=("place",), as_of=hour(2)), None, 9).memories == (first,)
        assert store.page(Filters(EVERYTHING, tags=("place",), as_of=hour(3)), None, 9).memories == ()
        assert [hit.memory for hit in store.search("rome", Filters(EVERYTHING, as_of=hour(2)), 9)] == [first]
        assert store.search("paris", Filters(EVERYTHING, as_of=hour(2)), 9)[:1] != [first]
        assert store.get(first.id, EVERYTHING, hour(8)) == store.get(first.id, EVERYTHING)


def test_what_was_deleted_since_is_there_again_and_what_came_later_is_not(store: MemoryStore) -> None:
    gone = put_at(store, 1, Draft("work", "the old plan", "plan"))
    with at(2):
        store.delete(gone.id, EVERYTHING, signed_by())
    put_at(store, 3, Draft("work", "the new plan", "plan"))
    with at(9):
        assert [texts_of(store, number) for number in (0, 1, 2, 3)] == [set(), {gone.text}, set(), {"the new plan"}]
        assert [memory.text for memory in store.by_key("plan", EVERYTHING, hour(1))] == [gone.text]
        assert [hit.memory.text for hit in store.search("plan", Filters(EVERYTHING, as_of=hour(1)), 9)] == [gone.text]
        then = store.stats(EVERYTHING, hour(1))
        assert (then.by_namespace, then.trashed, then.characters) == ({"work": 1}, 0, len(gone.text))
        assert store.stats(EVERYTHING, hour(2)).trashed == 1
        assert store.get(gone.id, EVERYTHING) is None


def test_what_expired_since_is_there_again(store: MemoryStore) -> None:
    train = put_at(store, 1, Draft("work", "train at five", expires_at=hour(5)))
    with at(9):
        assert texts_of(store, 4) == {train.text}
        assert [hit.memory for hit in store.search("train", Filters(EVERYTHING, as_of=hour(4)), 9)] == [train]
        assert texts_of(store, 5) == set()


def test_what_left_the_trash_for_good_has_left_the_past(store: MemoryStore) -> None:
    gone = put_at(store, 1, Draft("work", "secret"))
    with at(2):
        store.delete(gone.id, EVERYTHING, signed_by())
    with at(2 + 30 * 24):
        assert texts_of(store, 1) == {"secret"}
    with at(3 + 30 * 24):
        assert texts_of(store, 1) == set()
        assert store.search("secret", Filters(EVERYTHING, as_of=hour(1)), 9) == []
        store.put(Draft("work", "whatever"), signed_by())
        assert store.get(gone.id, EVERYTHING, hour(1)) is None


def test_the_past_of_a_namespace_that_may_not_be_read_does_not_exist(store: MemoryStore) -> None:
    hidden = put_at(store, 1, Draft("home", "apple pie", "k"))
    put_at(store, 1, Draft("work", "apple shares"))
    alone = put_at(store, 1, Draft("work", "other"))
    with at(9):
        assert store.get(hidden.id, WORK, hour(1)) is None
        assert store.by_key("k", WORK, hour(1)) == []
        assert texts_of(store, 1, WORK) == {"apple shares", alone.text}
        assert set(store.stats(WORK, hour(1)).by_namespace) == {"work"}
        [hit] = store.search("apple", Filters(WORK, as_of=hour(1)), 9)
        assert hit.memory.text == "apple shares"


def test_pages_of_the_past_lead_through_everything_once(store: MemoryStore) -> None:
    put = [put_at(store, number / 10, Draft("work", f"number {number}")) for number in range(7)]
    put_at(store, 2, Draft("work", "later"))
    with at(9):
        seen: list[Memory] = []
        cursor = None
        while True:
            page = store.page(Filters(EVERYTHING, as_of=hour(1)), cursor, 3)
            seen += page.memories
            cursor = page.next_cursor
            if cursor is None:
                break
    assert seen == put[::-1]


def test_an_instant_to_come_is_now(store: MemoryStore) -> None:
    train = put_at(store, 1, Draft("work", "train at five", expires_at=hour(5)))
    with at(2):
        assert texts_of(store, 7) == {train.text}
        assert [hit.memory for hit in store.search("train", Filters(EVERYTHING, as_of=hour(7)), 9)] == [train]


def test_a_search_of_now_and_of_this_instant_answer_alike(store: MemoryStore) -> None:
    for number, words in enumerate(("green tea in the morning", "black tea", "coffee after lunch", "tea tea tea")):
        put_at(store, 1 + number / 10, Draft("work", words, importance=0.3 + number / 10))
    with at(5):
        now = store.search("tea morning", Filters(EVERYTHING), 9)
        then = store.search("tea morning", Filters(EVERYTHING, as_of=hour(5)), 9)
    assert now
    assert [hit.memory.text for hit in then] == [hit.memory.text for hit in now]


def test_a_search_of_the_past_takes_so_much_text_at_most(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest are searched; a person who keeps gigabytes takes no more of the server than others."""
    for number in range(5):
        put_at(store, number, Draft("personal", f"walk {number} " + "x" * 90))
    monkeypatch.setattr(past_search, "MOST_CHARACTERS", 250)
    found = store.search("walk", Filters(EVERYTHING, as_of=hour(3)), 9)
    assert {hit.memory.text.split()[1] for hit in found} == {"2", "3"}
