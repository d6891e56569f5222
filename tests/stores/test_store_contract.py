"""The contract of MemoryStore, for every backend."""

from datetime import timedelta

import pytest
import time_machine

from resource_server.memory.records import Changes, Draft, Filters, UnknownCursorError
from resource_server.memory.store import MemoryStore, MemoryStores
from shared.authorization_details import NamespaceSet
from shared.clock import now
from shared.ids import new_id
from tests.stores.conftest import EVERYTHING, signed_by

WORK = NamespaceSet.of("work")
HOSTILE = (
    '" OR 1=1 --',
    "text:secret",
    "NEAR(a b)",
    "a AND",
    "*",
    "^a",
    "(",
    "a\nb",
    "{text key}:a",
    "- + ~",
    "'; DROP TABLE memories; --",
    "🦊",
    "日本語 の テキスト",
    "%_",
    "AND OR NOT",
    "the",
)


def test_a_stored_memory_comes_back_whole(store: MemoryStore) -> None:
    draft = Draft("work", "Prefers tea", "drink", ("a", "b"), 0.9, {"from": {"deep": [1, None, "x"]}})
    saved, is_new = store.put(draft, signed_by("Claude"))
    assert is_new
    assert store.get(saved.id, EVERYTHING) == saved
    assert (saved.namespace, saved.text, saved.key, saved.tags) == ("work", "Prefers tea", "drink", ("a", "b"))
    assert (saved.importance, saved.metadata) == (0.9, {"from": {"deep": [1, None, "x"]}})
    assert (saved.author.client_name, saved.author.tool) == ("Claude", "memory_store")


def test_a_key_that_is_taken_is_updated(store: MemoryStore) -> None:
    first, _ = store.put(Draft("work", "blue", "colour"), signed_by("Claude"))
    second, is_new = store.put(Draft("work", "green", "colour"), signed_by("Cursor"))
    assert not is_new
    assert (second.id, second.created_at) == (first.id, first.created_at)
    assert [memory.text for memory in store.by_key("colour", EVERYTHING)] == ["green"]
    assert second.author.client_name == "Cursor"


def test_the_same_key_in_two_namespaces_names_two_memories(store: MemoryStore) -> None:
    for namespace in ("personal", "work"):
        store.put(Draft(namespace, f"in {namespace}", "colour"), signed_by())
    assert {memory.text for memory in store.by_key("colour", EVERYTHING)} == {"in personal", "in work"}
    assert [memory.text for memory in store.by_key("colour", WORK)] == ["in work"]


def test_memories_without_a_key_are_all_kept_and_the_same_text_is_one(store: MemoryStore) -> None:
    """Clients retry, and models repeat themselves: saying the same again makes no second memory."""
    kept = [store.put(Draft("work", text), signed_by()) for text in ("one", "two", "two", "three")]
    assert [is_new for _, is_new in kept] == [True, True, False, True]
    assert kept[1][0].id == kept[2][0].id
    assert store.stats(EVERYTHING).by_namespace == {"work": 3}


def test_search_finds_words_in_text_key_and_tags(store: MemoryStore) -> None:
    for draft in (Draft("work", "likes trains"), Draft("work", "x", "trains"), Draft("work", "y", None, ("trains",))):
        store.put(draft, signed_by())
    assert {hit.memory.text for hit in store.search("a train", Filters(EVERYTHING), 10)} == {"likes trains", "x", "y"}


def test_search_forgets_the_text_that_was_replaced(store: MemoryStore) -> None:
    saved, _ = store.put(Draft("work", "walrus"), signed_by())
    store.update(saved.id, Changes(text="penguin"), EVERYTHING, signed_by())
    assert store.search("walrus", Filters(EVERYTHING), 10) == []
    assert [hit.memory.text for hit in store.search("penguin", Filters(EVERYTHING), 10)] == ["penguin"]


@pytest.mark.parametrize("query", HOSTILE)
def test_any_text_is_a_valid_query(store: MemoryStore, query: str) -> None:
    store.put(Draft("work", query or "x"), signed_by())
    assert len(store.search(query, Filters(EVERYTHING), 10)) <= 1
    assert store.stats(EVERYTHING).by_namespace == {"work": 1}


def test_filters_narrow_every_way_to_read(store: MemoryStore) -> None:
    """AS-117."""
    saved, _ = store.put(Draft("private", "secret plan", "plan", ("t",)), signed_by())
    assert store.get(saved.id, WORK) is None
    assert store.by_key("plan", WORK) == []
    assert store.search("secret plan", Filters(WORK), 10) == []
    assert store.page(Filters(WORK), None, 10).memories == ()
    assert store.stats(WORK).by_namespace == {}
    assert store.update(saved.id, Changes(text="x"), WORK, signed_by()) is None
    assert store.delete(saved.id, WORK, signed_by()) is None
    store.delete(saved.id, EVERYTHING, signed_by())
    assert store.stats(WORK).trashed == 0
    assert store.restore(saved.id, WORK, signed_by()) is None


def test_every_tag_must_be_there(store: MemoryStore) -> None:
    store.put(Draft("work", "one train", None, ("a", "b")), signed_by())
    store.put(Draft("work", "two trains", None, ("a",)), signed_by())
    wanted = Filters(EVERYTHING, ("a", "b"))
    assert [memory.text for memory in store.page(wanted, None, 10).memories] == ["one train"]
    assert [hit.memory.text for hit in store.search("train", wanted, 10)] == ["one train"]


def test_pages_lead_through_everything_once_newest_first(store: MemoryStore) -> None:
    ids = [store.put(Draft("work", str(number)), signed_by())[0].id for number in range(7)]
    seen, cursor = [], None
    while True:
        page = store.page(Filters(EVERYTHING), cursor, 3)
        seen += [memory.id for memory in page.memories]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == sorted(ids, reverse=True)


def test_a_page_that_ends_exactly_has_no_successor(store: MemoryStore) -> None:
    for number in range(3):
        store.put(Draft("work", str(number)), signed_by())
    assert store.page(Filters(EVERYTHING), None, 3).next_cursor is None


@pytest.mark.parametrize("cursor", ["", "x", "mem_", "mem_~", "' OR 1"])
def test_an_unknown_cursor_is_refused(store: MemoryStore, cursor: str) -> None:
    with pytest.raises(UnknownCursorError):
        store.page(Filters(EVERYTHING), cursor, 3)


def test_an_update_leaves_what_it_does_not_name(store: MemoryStore) -> None:
    saved, _ = store.put(Draft("work", "old", "k", ("a",), 0.3, {"m": 1}), signed_by())
    changed = store.update(saved.id, Changes(importance=1.0), EVERYTHING, signed_by())
    assert changed is not None
    assert (changed.text, changed.tags, changed.metadata, changed.importance) == ("old", ("a",), {"m": 1}, 1.0)


def test_what_is_deleted_is_gone_from_every_answer_and_comes_back_from_the_trash(store: MemoryStore) -> None:
    saved, _ = store.put(Draft("work", "a train", "k"), signed_by("Claude"))
    store.delete(saved.id, EVERYTHING, signed_by("Cursor"))
    assert store.get(saved.id, EVERYTHING) is None
    assert store.by_key("k", EVERYTHING) == []
    assert store.search("train", Filters(EVERYTHING), 10) == []
    assert store.page(Filters(EVERYTHING), None, 10).memories == ()
    assert store.stats(EVERYTHING).trashed == 1
    restored = store.restore(saved.id, EVERYTHING, signed_by())
    assert restored is not None
    assert (restored.text, restored.author.client_name) == ("a train", "Claude")
    assert [hit.memory.id for hit in store.search("train", Filters(EVERYTHING), 10)] == [saved.id]


def test_a_key_is_free_once_its_memory_is_deleted(store: MemoryStore) -> None:
    first, _ = store.put(Draft("work", "old", "k"), signed_by())
    store.delete(first.id, EVERYTHING, signed_by())
    second, is_new = store.put(Draft("work", "new", "k"), signed_by())
    assert is_new
    assert second.id != first.id
    assert store.restore(first.id, EVERYTHING, signed_by()) is None


def test_the_trash_is_kept_for_30_days(store: MemoryStore) -> None:
    saved, _ = store.put(Draft("work", "old"), signed_by())
    other, _ = store.put(Draft("work", "other"), signed_by())
    store.delete(saved.id, EVERYTHING, signed_by())
    with time_machine.travel(now() + timedelta(days=29, hours=23), tick=False):
        assert store.stats(EVERYTHING).trashed == 1
    with time_machine.travel(now() + timedelta(days=30, seconds=1), tick=False):
        store.delete(other.id, EVERYTHING, signed_by())
        assert store.stats(EVERYTHING).trashed == 1
        assert store.restore(saved.id, EVERYTHING, signed_by()) is None


def test_what_has_expired_is_gone_from_every_answer_and_its_key_is_free(store: MemoryStore) -> None:
    saved, _ = store.put(Draft("work", "a train", "k", expires_at=now() + timedelta(hours=1)), signed_by())
    with time_machine.travel(now() + timedelta(hours=1, seconds=1), tick=False):
        assert store.get(saved.id, EVERYTHING) is None
        assert store.search("train", Filters(EVERYTHING), 10) == []
        assert store.page(Filters(EVERYTHING), None, 10).memories == ()
        assert store.stats(EVERYTHING).by_namespace == {}
        assert store.delete(saved.id, EVERYTHING, signed_by()) is None
        fresh, is_new = store.put(Draft("work", "new", "k"), signed_by())
        assert is_new
        assert fresh.id != saved.id


def test_a_memory_that_expired_can_be_restored_without_an_end(store: MemoryStore) -> None:
    saved, _ = store.put(Draft("work", "a train", "k", expires_at=now() + timedelta(hours=1)), signed_by())
    with time_machine.travel(now() + timedelta(hours=2), tick=False):
        restored = store.restore(saved.id, EVERYTHING, signed_by())
        assert restored is not None
        assert restored.expires_at is None
        assert store.get(saved.id, EVERYTHING) == restored


class RefusedError(Exception):
    """What `confirm` raises."""


def refuse() -> None:
    """A grant that ended while the call ran."""
    raise RefusedError


def test_nothing_is_written_when_confirm_refuses(store: MemoryStore) -> None:
    """AS-116."""
    saved, _ = store.put(Draft("work", "before", "k"), signed_by())
    for write in (
        lambda: store.put(Draft("work", "new"), signed_by(confirm=refuse)),
        lambda: store.put(Draft("work", "after", "k"), signed_by(confirm=refuse)),
        lambda: store.update(saved.id, Changes(text="after"), EVERYTHING, signed_by(confirm=refuse)),
        lambda: store.delete(saved.id, EVERYTHING, signed_by(confirm=refuse)),
    ):
        with pytest.raises(RefusedError):
            write()
    assert store.get(saved.id, EVERYTHING) == saved
    assert store.stats(EVERYTHING).by_namespace == {"work": 1}
    assert store.put(Draft("work", "later"), signed_by())[1]


def test_two_people_share_nothing(stores: MemoryStores) -> None:
    ada, bob = stores.of(new_id("usr")), stores.of(new_id("usr"))
    saved, _ = ada.put(Draft("work", "the plan", "k"), signed_by())
    assert bob.get(saved.id, EVERYTHING) is None
    assert bob.by_key("k", EVERYTHING) == []
    assert bob.search("the plan", Filters(EVERYTHING), 10) == []
    assert bob.page(Filters(EVERYTHING), None, 10).memories == ()
    assert bob.update(saved.id, Changes(text="x"), EVERYTHING, signed_by()) is None
    assert bob.delete(saved.id, EVERYTHING, signed_by()) is None
    assert (ada.namespaces(), bob.namespaces()) == (("work",), ())


@pytest.mark.parametrize(
    "name", ["", "usr_", "default", "../etc", "usr_../../../../../../../etc/pwd", "usr_" + "u" * 26]
)
def test_a_store_belongs_to_a_user_id_and_nothing_else(stores: MemoryStores, name: str) -> None:
    with pytest.raises(ValueError, match="user id"):
        stores.of(name)


def test_namespaces_lists_what_is_in_use(store: MemoryStore) -> None:
    for namespace in ("work", "personal", "work"):
        store.put(Draft(namespace, "x"), signed_by())
    assert store.namespaces() == ("personal", "work")
