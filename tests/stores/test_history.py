"""What happened to a person's memories: of one, between two instants, in the trash, and undone."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from resource_server.memory.bulk_writes import BulkWrites
from resource_server.memory.history import MemoryHistory
from resource_server.memory.records import Author, Changes, Draft, Filters, Signed, UnknownCursorError
from resource_server.memory.rolling_back import Plan, Undoing
from resource_server.memory.store import MemoryStore, MemoryStores
from resource_server.memory.vault_access import VaultAccess
from shared.authorization_details import NamespaceSet
from shared.ids import new_id
from tests.stores.conftest import EVERYTHING

START = datetime(2026, 3, 1, tzinfo=UTC)
WORK = NamespaceSet.of("work")
NOTHING = Plan((), (), is_more=False)


@pytest.fixture
def vault(stores: MemoryStores) -> VaultAccess:
    """The vault of one person."""
    return stores.vault_of(new_id("usr"))


@pytest.fixture
def store(stores: MemoryStores, vault: VaultAccess) -> MemoryStore:
    """The store on that vault."""
    return stores.of(vault.user_id)


@pytest.fixture
def history(vault: VaultAccess) -> MemoryHistory:
    """The history of that vault."""
    return MemoryHistory(vault)


@pytest.fixture
def bulk(vault: VaultAccess) -> BulkWrites:
    """What writes to many memories of that vault."""
    return BulkWrites(vault)


def by(app: str) -> Signed:
    """The signature of an app."""
    return Signed(Author(f"cli_{app}", "grt_1", "memory_store", app), lambda: None)


def hour(number: float) -> datetime:
    """So many hours after the start."""
    return START + timedelta(hours=number)


@contextmanager
def at(number: float) -> Iterator[None]:
    """The clock stands at an hour."""
    with time_machine.travel(hour(number), tick=False):
        yield


def put_at(store: MemoryStore, number: float, app: str, text: str, key: str | None = None, where: str = "work") -> str:
    """The id of a memory stored at an hour by an app."""
    with at(number):
        return store.put(Draft(where, text, key), by(app))[0].id


def change_at(store: MemoryStore, number: float, app: str, memory_id: str, text: str) -> None:
    """A memory gets another text."""
    with at(number):
        assert store.update(memory_id, Changes(text=text), EVERYTHING, by(app)) is not None


def delete_at(store: MemoryStore, number: float, app: str, memory_id: str) -> None:
    """A memory goes to the trash."""
    with at(number):
        assert store.delete(memory_id, EVERYTHING, by(app)) is not None


def live(store: MemoryStore) -> dict[str, str]:
    """Texts by id."""
    return {memory.id: memory.text for memory in store.page(Filters(EVERYTHING), None, 50).memories}


def test_each_step_of_a_memory_tells_who_when_and_what(store: MemoryStore, history: MemoryHistory) -> None:
    home = put_at(store, 1, "Claude", "lives in Rome", "home")
    change_at(store, 2, "Cursor", home, "lives in Paris")
    delete_at(store, 3, "Codex", home)
    with at(4):
        store.restore(home, EVERYTHING, by("Claude"))
        steps = history.of(home, EVERYTHING, None, 9).items
        holder = history.named("home", EVERYTHING)
    assert holder is not None
    assert (holder.memory_id, holder.is_live) == (home, True)
    assert [(step.event.kind, step.event.by.client_name, step.event.at, step.changed) for step in steps] == [
        ("restored", "Claude", hour(4), ()),
        ("deleted", "Codex", hour(3), ()),
        ("updated", "Cursor", hour(2), ("text",)),
        ("stored", "Claude", hour(1), ()),
    ]
    assert [step.event.memory.text for step in steps] == ["lives in Paris"] * 3 + ["lives in Rome"]


def test_the_history_of_a_memory_comes_in_parts(store: MemoryStore, history: MemoryHistory) -> None:
    one = put_at(store, 1, "Claude", "0")
    for number in range(1, 5):
        change_at(store, 1 + number, "Claude", one, str(number))
    with at(9):
        first = history.of(one, EVERYTHING, None, 3)
        rest = history.of(one, EVERYTHING, first.next_cursor, 3)
    assert [step.event.memory.text for step in first.items + rest.items] == ["4", "3", "2", "1", "0"]
    assert [step.changed for step in first.items] == [("text",)] * 3
    assert rest.next_cursor is None


@pytest.mark.parametrize("cursor", ["", "x", "-1", "9" * 30, "\u0661", "mem_x"])
def test_an_unknown_cursor_is_refused(history: MemoryHistory, cursor: str) -> None:
    for ask in (
        lambda: history.of("mem_x", EVERYTHING, cursor, 3),
        lambda: history.trash(EVERYTHING, cursor, 3),
        lambda: history.between(hour(1), hour(2), EVERYTHING, cursor, 3),
    ):
        with pytest.raises(UnknownCursorError):
            ask()


def test_a_difference_names_what_came_what_changed_and_what_went(store: MemoryStore, history: MemoryHistory) -> None:
    same = put_at(store, 1, "Claude", "same")
    changed = put_at(store, 1, "Claude", "before")
    gone = put_at(store, 1, "Claude", "gone")
    with at(1):
        over = store.put(Draft("work", "over", expires_at=hour(4)), by("Claude"))[0].id
    change_at(store, 3, "Cursor", changed, "after")
    change_at(store, 3, "Cursor", same, "other")
    change_at(store, 3.5, "Cursor", same, "same")
    delete_at(store, 3, "Codex", gone)
    new = put_at(store, 4, "Claude", "new")
    brief = put_at(store, 3, "Claude", "brief")
    delete_at(store, 4, "Claude", brief)
    put_at(store, 6, "Claude", "later")
    with at(9):
        found = history.between(hour(2), hour(5), EVERYTHING, None, 50).items
        texts = {
            (one.after or one.before).id: (one.before and one.before.text, one.after and one.after.text)  # type: ignore[union-attr]
            for one in found
        }
        assert texts == {
            changed: ("before", "after"), gone: ("gone", None), new: (None, "new"), over: ("over", None),
        }  # fmt: skip
        assert {one.last.by.client_name for one in found if one.last} == {"Claude", "Cursor", "Codex"}
        pages, cursor = [], None
        while True:
            part = history.between(hour(2), hour(5), EVERYTHING, cursor, 2)
            pages += part.items
            cursor = part.next_cursor
            if cursor is None:
                break
    assert pages == list(found)


def test_the_trash_lists_what_went_last_first(store: MemoryStore, history: MemoryHistory) -> None:
    kept = put_at(store, 1, "Claude", "kept")
    ids = [put_at(store, 1, "Claude", f"number {number}") for number in range(3)]
    for number, memory_id in enumerate(ids):
        delete_at(store, 5 - number, "Codex", memory_id)
    with at(1):
        over = store.put(Draft("work", "over", expires_at=hour(6)), by("Claude"))[0].id
    with at(9):
        first = history.trash(EVERYTHING, None, 2)
        rest = history.trash(EVERYTHING, first.next_cursor, 2)
        assert [one.memory.id for one in first.items + rest.items] == [over, *ids]
        assert [one.last and one.last.by.client_name for one in first.items] == [None, "Codex"]
        assert kept not in [one.memory.id for one in first.items + rest.items]
        assert rest.next_cursor is None
    with at(7 + 30 * 24):
        assert history.trash(EVERYTHING, None, 9).items == ()


def test_a_namespace_that_may_not_be_read_has_no_history(store: MemoryStore, history: MemoryHistory) -> None:
    hidden = put_at(store, 1, "Claude", "hidden", "k", where="home")
    change_at(store, 2, "Claude", hidden, "still hidden")
    with at(3):
        assert history.named("k", WORK) is None
        assert history.of(hidden, WORK, None, 9).items == ()
        assert history.between(hour(0), hour(3), WORK, None, 9) == history.between(hour(0), hour(0.5), WORK, None, 9)
    delete_at(store, 4, "Claude", hidden)
    with at(5):
        assert history.trash(WORK, None, 9).items == ()


def test_rolling_back_an_app_undoes_each_kind_of_write(store: MemoryStore, bulk: BulkWrites) -> None:
    changed = put_at(store, 1, "Claude", "before")
    gone = put_at(store, 1, "Claude", "gone", "k")
    change_at(store, 3, "Rogue", changed, "spoilt")
    change_at(store, 3.2, "Rogue", changed, "spoilt again")
    delete_at(store, 3, "Rogue", gone)
    new = put_at(store, 4, "Rogue", "planted", "k")
    with at(9):
        planned = bulk.planned("rogue", hour(2), EVERYTHING)
        assert live(store)[changed] == "spoilt again"
        undone = bulk.roll_back("cli_Rogue", hour(2), EVERYTHING, by("Person"))
        assert undone == planned
        assert not undone.is_more
        assert live(store) == {changed: "before", gone: "gone"}
        assert {hit.words for hit in store.search("spoilt", Filters(EVERYTHING), 5)} <= {0}
        assert {undo.memory.id: undo.doing for undo in undone.memories} == {
            changed: Undoing.CHANGED_BACK, gone: Undoing.RETURNED, new: Undoing.TRASHED,
        }  # fmt: skip
        assert bulk.planned("rogue", hour(2), EVERYTHING) == NOTHING
        restored = store.restore(new, EVERYTHING, by("Person"))
        assert restored is None, "its key went back to its owner"


def test_what_another_app_wrote_later_is_left_alone_and_named(store: MemoryStore, bulk: BulkWrites) -> None:
    both = put_at(store, 1, "Claude", "before")
    change_at(store, 3, "Rogue", both, "spoilt")
    change_at(store, 4, "Cursor", both, "mended")
    with at(9):
        [undo] = bulk.roll_back("Rogue", hour(2), EVERYTHING, by("Person")).memories
        assert (undo.doing, undo.last.by.client_name) == (Undoing.WRITTEN_SINCE, "Cursor")
        assert live(store) == {both: "mended"}
    change_at(store, 10, "Rogue", both, "spoilt again")
    with at(11):
        [undo] = bulk.roll_back("Rogue", hour(2), EVERYTHING, by("Person")).memories
        assert undo.doing is Undoing.CHANGED_BACK
        assert live(store) == {both: "mended"}


def test_what_was_written_before_the_instant_stays(store: MemoryStore, bulk: BulkWrites) -> None:
    early = put_at(store, 1, "Rogue", "early")
    with at(9):
        assert bulk.roll_back("Rogue", hour(2), EVERYTHING, by("Person")) == NOTHING
        assert live(store) == {early: "early"}


def test_rolling_back_two_apps_takes_back_through_both(store: MemoryStore, bulk: BulkWrites) -> None:
    one = put_at(store, 1, "Claude", "before")
    change_at(store, 3, "First", one, "first")
    change_at(store, 4, "Second", one, "second")
    with at(5):
        bulk.roll_back("Second", hour(2), EVERYTHING, by("Person"))
        assert live(store) == {one: "first"}
        bulk.roll_back("First", hour(2), EVERYTHING, by("Person"))
        assert live(store) == {one: "before"}


def test_a_key_that_another_took_is_not_taken_back(store: MemoryStore, bulk: BulkWrites) -> None:
    old = put_at(store, 1, "Claude", "old", "k")
    delete_at(store, 3, "Rogue", old)
    new = put_at(store, 4, "Cursor", "new", "k")
    with at(5):
        [undo] = bulk.roll_back("Rogue", hour(2), EVERYTHING, by("Person")).memories
        assert undo.doing is Undoing.KEY_TAKEN
        assert live(store) == {new: "new"}


def test_namespaces_that_may_not_be_written_are_not_rolled_back(store: MemoryStore, bulk: BulkWrites) -> None:
    hidden = put_at(store, 3, "Rogue", "hidden", where="home")
    with at(9):
        assert bulk.roll_back("Rogue", hour(2), WORK, by("Person")) == NOTHING
        assert live(store) == {hidden: "hidden"}


def test_deleting_by_filter_spares_what_changed_since_it_was_looked_at(store: MemoryStore, bulk: BulkWrites) -> None:
    ids = [put_at(store, 1, "Claude", f"number {number}") for number in range(3)]
    other = put_at(store, 1, "Claude", "other", where="home")
    filters = Filters(WORK, app="Claude")
    with at(2):
        looked_at, is_more = bulk.matching(filters)
        assert ([memory.id for memory in looked_at], is_more) == (sorted(ids), False)
    change_at(store, 3, "Claude", ids[0], "changed")
    with at(4):
        assert bulk.delete(looked_at.__contains__, filters, by("Claude")) == 2
        assert live(store) == {ids[0]: "changed", other: "other"}


def test_a_vault_keeps_one_key_for_what_is_confirmed(bulk: BulkWrites, stores: MemoryStores) -> None:
    key = bulk.confirmation_key(by("Claude"))
    assert len(key) == 64
    assert bulk.confirmation_key(by("Cursor")) == key
    assert BulkWrites(stores.vault_of(new_id("usr"))).confirmation_key(by("Claude")) != key
