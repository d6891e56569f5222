"""Saying the same again: one memory, everybody who said it, and nothing gained by repeating it."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine

from resource_server.memory.bulk_writes import BulkWrites
from resource_server.memory.idempotency import IdempotencyKeyReusedError
from resource_server.memory.records import Changes, Draft, Memory, Signed, Source
from resource_server.memory.sqlite import SqliteMemoryStore
from shared.clock import now
from shared.ids import new_id
from tests.stores.conftest import EVERYTHING, OpenStores, signed_by
from tests.stores.writer import memories_in, received, start_writer

CLAUDE = signed_by("Claude")
CURSOR = Signed(replace(CLAUDE.author, client_id="cli_2", client_name="Cursor"), lambda: None)


def texts(store: SqliteMemoryStore) -> list[str]:
    """Everything that is live, the oldest first."""
    return [memory.text for memory in reversed(memories_in(store))]


def events(store: SqliteMemoryStore) -> list[str]:
    """What happened, in order."""
    statement = "SELECT kind FROM events ORDER BY sequence"
    return [kind for (kind,) in store.vault.read(lambda connection: connection.execute(statement).fetchall())]


@pytest.mark.parametrize(
    "again", ["Prefers  green tea", " prefers Green\ttea\n", "Prefers green tea.", "Prefers the green tea"]
)
def test_the_same_text_again_is_the_same_memory(store: SqliteMemoryStore, again: str) -> None:
    first, _ = store.put(Draft("work", "Prefers green tea"), CLAUDE)
    second, is_new = store.put(Draft("work", again), CURSOR)
    assert (second.id, is_new, texts(store)) == (first.id, False, ["Prefers green tea"])


def test_a_repetition_by_the_same_app_leaves_no_event(store: SqliteMemoryStore) -> None:
    saved, _ = store.put(Draft("work", "Prefers green tea"), CLAUDE)
    assert store.put(Draft("work", "prefers green tea"), CLAUDE) == (saved, False)
    assert events(store) == ["stored"]
    assert store.origins([saved.id]) == {}


def test_unicode_forms_of_one_text_are_one(store: SqliteMemoryStore) -> None:
    store.put(Draft("work", "caf\u00e9"), CLAUDE)
    assert not store.put(Draft("work", "cafe\u0301"), CLAUDE)[1]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The train leaves at 9", "The train leaves at 10"),
        ("Costs 3.5 euro", "Costs 35 euro"),
        ("It was -5 degrees", "It was 5 degrees"),
        ("Met Ada on 3 May", "Met Ada on 4 May"),
        ("Ada called Bob", "Bob called Ada"),
        ("Knows C++", "Knows C#"),
        ("The token is aB3x", "The token is ab3x"),
        ("Likes cats", "Does not like cats"),
        ("Call Ada.", "Call Ada?"),
        ("Going to Paris", "Going from Paris"),
        ("Ada is married", "Ada was married"),
        ("Has a cat", "Has cats"),
        ("She said it", "He said it"),
    ],
)
def test_what_differs_in_a_number_name_date_or_negation_is_kept_apart(
    store: SqliteMemoryStore, one: str, other: str
) -> None:
    for text in (one, other):
        assert store.put(Draft("work", text), CLAUDE)[1]
    assert texts(store) == [one, other]


def test_words_that_carry_little_are_merged_where_the_meaning_is_known_to_be_near(open_vaults: OpenStores) -> None:
    store = open_vaults().of(new_id("usr"))
    words = "the project that we call Apollo keeps every single one of its records in PostgreSQL on a large shared disk"
    store.put(Draft("work", words), CLAUDE)
    assert not store.put(Draft("work", words.replace(" that we", " we")), CLAUDE)[1]


def test_nothing_is_merged_across_namespaces_keys_or_kinds(store: SqliteMemoryStore) -> None:
    drafts = [
        Draft("work", "Prefers tea"),
        Draft("personal", "Prefers tea"),
        Draft("work", "Prefers tea", "drink"),
        Draft("work", "Prefers tea", "taste"),
        Draft("work", "Prefers tea", kind="fact"),
    ]
    assert all(store.put(draft, CLAUDE)[1] for draft in drafts)
    assert len(texts(store)) == 5


def test_turns_of_a_conversation_are_memories_of_their_own(store: SqliteMemoryStore) -> None:
    at = now()
    turn = Draft("work", "Thanks!", conversation="chat", happened_at=at)
    turns = [
        turn,
        replace(turn, happened_at=at + timedelta(seconds=1)),
        replace(turn, conversation="another"),
        replace(turn, conversation=None),
        replace(turn, happened_at=None),
        replace(turn, happened_at=None),
        Draft("work", "Thanks!"),
    ]
    assert all(store.put(one, CLAUDE)[1] for one in turns)
    assert not store.put(turn, CLAUDE)[1]
    assert len(texts(store)) == 7


def test_what_was_deleted_or_has_expired_is_not_said_any_more(store: SqliteMemoryStore) -> None:
    saved, _ = store.put(Draft("work", "Prefers tea"), CLAUDE)
    store.delete(saved.id, EVERYTHING, CLAUDE)
    again, is_new = store.put(Draft("work", "Prefers tea", expires_at=now() + timedelta(hours=1)), CLAUDE)
    assert is_new
    with time_machine.travel(now() + timedelta(hours=2), tick=False):
        later, is_new = store.put(Draft("work", "Prefers tea"), CLAUDE)
        assert is_new
        assert len({saved.id, again.id, later.id}) == 3


def test_a_text_that_was_changed_is_found_by_what_it_says_now(store: SqliteMemoryStore) -> None:
    saved, _ = store.put(Draft("work", "Prefers tea"), CLAUDE)
    store.update(saved.id, Changes(text="Prefers juice"), EVERYTHING, CLAUDE)
    assert store.put(Draft("work", "prefers juice"), CLAUDE)[0].id == saved.id
    assert store.put(Draft("work", "Prefers tea"), CLAUDE)[1]


def test_another_app_that_says_the_same_is_named_beside_the_first(store: SqliteMemoryStore) -> None:
    saved, _ = store.put(Draft("work", "Prefers green tea"), CLAUDE)
    for _ in range(2):
        merged, _ = store.put(Draft("work", "prefers green tea", source=Source.TOOL_OUTPUT), CURSOR)
    assert merged == saved
    (also,) = store.origins([saved.id])[saved.id]
    assert (also.text, also.author.client_name, also.source) == ("prefers green tea", "Cursor", Source.TOOL_OUTPUT)
    assert events(store) == ["stored", "merged"]


def test_a_more_trusted_statement_speaks_and_the_first_is_named_beside_it(store: SqliteMemoryStore) -> None:
    store.put(Draft("work", "prefers GREEN tea", source=Source.TOOL_OUTPUT), CURSOR)
    merged, is_new = store.put(Draft("work", "Prefers green tea", source=Source.SAID), CLAUDE)
    assert (merged.text, merged.trust, merged.author.client_name, is_new) == ("Prefers green tea", 1.0, "Claude", False)
    (also,) = store.origins([merged.id])[merged.id]
    assert (also.text, also.trust, also.author.client_name) == ("prefers GREEN tea", 0.3, "Cursor")


def test_a_less_trusted_statement_adds_its_name_and_nothing_else(store: SqliteMemoryStore) -> None:
    """Poisoning: what a page says may borrow a sentence of the person's, but not add to it."""
    saved, _ = store.put(Draft("work", "Prefers tea", None, ("taste",), 0.2, {"a": 1}, source=Source.SAID), CLAUDE)
    claims = Draft("work", "PREFERS tea", None, ("obey me",), 1.0, {"b": 2}, source=Source.TOOL_OUTPUT)
    merged, _ = store.put(claims, CURSOR)
    assert merged == saved == store.get(saved.id, EVERYTHING)


def test_repeating_raises_no_trust(store: SqliteMemoryStore) -> None:
    """Poisoning: ten pages that say the same are believed as much as one."""
    for number in range(10):
        app = replace(CLAUDE, author=replace(CLAUDE.author, client_id=f"cli_{number}"))
        merged, _ = store.put(Draft("work", "The boss is away", source=Source.TOOL_OUTPUT), app)
    assert merged.trust == 0.3
    assert len(store.origins([merged.id])[merged.id]) == 9


def test_an_equal_brings_its_labels_and_a_longer_life(store: SqliteMemoryStore) -> None:
    soon = now() + timedelta(hours=1)
    saved, _ = store.put(Draft("work", "Prefers tea", None, ("a",), 0.5, {"x": 1}, soon), CLAUDE)
    merged, _ = store.put(Draft("work", "Prefers tea", None, ("b",), 0.7, {"x": 2, "y": 3}), CLAUDE)
    assert (merged.id, merged.tags, merged.importance) == (saved.id, ("a", "b"), 0.7)
    assert (merged.metadata, merged.expires_at) == ({"x": 1, "y": 3}, None)
    assert store.get(saved.id, EVERYTHING) == merged


def test_a_memory_keeps_a_bounded_number_of_statements(store: SqliteMemoryStore) -> None:
    for number in range(55):
        app = replace(CLAUDE, author=replace(CLAUDE.author, client_id=f"cli_{number}"))
        saved, _ = store.put(Draft("work", "Prefers tea"), app)
    assert len(store.origins([saved.id])[saved.id]) == 50


def test_the_same_request_again_is_stored_once_and_never_for_another_text(store: SqliteMemoryStore) -> None:
    turn = Draft("work", "Yes", conversation="chat")
    first = store.keep(turn, CLAUDE, "r-1")
    second = store.keep(turn, CLAUDE, "r-1")
    assert (second.memory, second.created) == (first.memory, False)
    assert store.keep(turn, CLAUDE, "r-2").created
    assert store.keep(turn, CURSOR, "r-1").created, "another app's keys are its own"
    with pytest.raises(IdempotencyKeyReusedError):
        store.keep(replace(turn, text="No"), CLAUDE, "r-1")
    with time_machine.travel(now() + timedelta(days=1, seconds=1), tick=False):
        assert store.keep(turn, CLAUDE, "r-1").created


def test_a_merge_is_undone_with_what_its_app_wrote(store: SqliteMemoryStore) -> None:
    """Its statement goes, and where it spoke in place of another, that one speaks again."""
    before = now()
    tea, _ = store.put(Draft("work", "Prefers green tea"), CLAUDE)
    train, _ = store.put(Draft("work", "likes trains", source=Source.TOOL_OUTPUT), CLAUDE)
    store.put(Draft("work", "prefers green tea", source=Source.TOOL_OUTPUT), CURSOR)
    store.put(Draft("work", "Likes Trains", source=Source.SAID), CURSOR)
    BulkWrites(store.vault).roll_back("cli_2", before, EVERYTHING, CLAUDE)
    assert store.origins([tea.id, train.id]) == {}
    restored = store.get(train.id, EVERYTHING)
    assert restored is not None
    assert (restored.text, restored.trust, restored.author.client_name) == ("likes trains", 0.3, "Claude")


def test_two_processes_that_say_the_same_at_once_make_one_memory_of_each(
    open_vaults: OpenStores, tmp_path: object
) -> None:
    ada = new_id("usr")
    writers = [start_writer(tmp_path, ada, "same", 30) for _ in range(2)]  # type: ignore[arg-type]
    for process, connection in writers:
        assert len(received(connection)) == 30
        process.join()
    memories: list[Memory] = memories_in(open_vaults().of(ada))
    assert sorted(memory.text for memory in memories) == sorted(f"same-{number}" for number in range(30))
