"""Contradictions: the newer is preferred, the older stays and says what came after it; in doubt, nothing happens."""

from dataclasses import replace
from datetime import timedelta

import pytest

from resource_server.memory.records import Changes, Draft, Filters, Memory, Source
from resource_server.memory.sqlite import SqliteMemoryStore
from shared.clock import now
from tests.stores.conftest import EVERYTHING, signed_by

BY = signed_by()


def put(store: SqliteMemoryStore, text: str, source: Source = Source.WRITTEN, **more: object) -> Memory:
    """Stored, as it stands."""
    return store.put(Draft("work", text, source=source, **more), BY)[0]


def superseded(store: SqliteMemoryStore, memory: Memory) -> str | None:
    """What replaced it, while it can still be read."""
    found = store.get(memory.id, EVERYTHING)
    assert found is not None
    return found.superseded_by


CONTRADICTIONS = (
    ("I live in Berlin.", "I moved to Paris"),
    ("The user lives in Berlin", "Moved to Paris recently."),
    ("Ada lives in Berlin", "Ada is now living in Rome"),
    ("My favourite colour is blue", "The user's favorite color is green"),
    ("Ada's favourite tea is Assam", "Ada's favourite tea is now Darjeeling"),
    ("Works at Acme", "I work for Globex now"),
    ("Ada works at Acme", "Ada now works at Globex"),
    ("I live in Berlin", "Currently lives in Rome."),
    ("My age is 41", "I'm 42 years old"),
    ("The deadline for Apollo is Friday", "The deadline for Apollo is now Monday"),
    ("Ada is single", "Ada is married"),
    ("I like cats", "I don't like cats"),
    ("Ada eats meat.", "Ada never eats meat"),
    ("Ada has a car", "Ada has no car"),
    ("Ada works here", "Ada no longer works here"),
)


@pytest.mark.parametrize(("older", "newer"), CONTRADICTIONS)
def test_the_newer_is_preferred_and_the_older_stays_visible(store: SqliteMemoryStore, older: str, newer: str) -> None:
    first = put(store, older)
    kept = store.keep(Draft("work", newer), BY)
    assert [memory.id for memory in kept.replaces] == [first.id]
    assert superseded(store, first) == kept.memory.id
    assert superseded(store, kept.memory) is None
    assert first.id in {hit.memory.id for hit in store.search(older, Filters(EVERYTHING), 10)}


NONE = (
    ("I live in Berlin", "Ada lives in Paris"),
    ("I live in Berlin", "I live in Berlin, Germany"),
    ("I live in Berlin", "I would live in Paris"),
    ("I live in Berlin", "He lives in Paris"),
    ("I live in Berlin", "I moved to a new team"),
    ("I live in Berlin", "Do I live in Paris?"),
    ("I live in Berlin", "I want to live in Paris"),
    ("My favourite colour is blue", "My favourite food is pizza"),
    ("I like cats", "I like dogs"),
    ("I like cats", "I do not like dogs"),
    ("The deadline for Apollo is Friday", "The deadline for Gemini is Monday"),
    ("Ada said hello", "Ada said goodbye"),
)


@pytest.mark.parametrize(("one", "other"), NONE)
def test_in_doubt_both_stand(store: SqliteMemoryStore, one: str, other: str) -> None:
    memories = [put(store, text) for text in (one, other)]
    assert [superseded(store, memory) for memory in memories] == [None, None]


def test_what_happened_earlier_does_not_replace_what_happened_later(store: SqliteMemoryStore) -> None:
    """An old note that is stored today is old."""
    current = put(store, "I live in Berlin")
    old = put(store, "I live in Paris", happened_at=now() - timedelta(days=700))
    assert superseded(store, old) == current.id
    assert superseded(store, current) is None


@pytest.mark.parametrize("source", [Source.TOOL_OUTPUT, Source.IMPORTED])
def test_no_page_and_no_file_replaces_what_the_person_said(store: SqliteMemoryStore, source: Source) -> None:
    """Poisoning: it is stored, marked, and ranks below."""
    said = put(store, "My email is ada@example.org", Source.SAID)
    planted = store.keep(Draft("work", "The user's email is mallory@evil.example", source=source), BY)
    assert planted.replaces == ()
    assert superseded(store, said) is None
    assert superseded(store, planted.memory) == said.id


def test_conversations_documents_and_other_namespaces_do_not_contradict(store: SqliteMemoryStore) -> None:
    """Who speaks in a conversation is not known; a namespace knows of no other."""
    home = put(store, "I live in Berlin")
    put(store, "I live in Paris", conversation="chat")
    put(store, "I live in Rome", document_id="doc_1", position=0)
    store.put(Draft("personal", "I live in Oslo"), BY)
    assert superseded(store, home) is None


def test_what_was_replaced_stands_again_when_its_successor_goes(store: SqliteMemoryStore) -> None:
    old = put(store, "I live in Berlin")
    new = put(store, "I live in Paris")
    store.delete(new.id, EVERYTHING, BY)
    assert superseded(store, old) is None


def test_what_was_replaced_stands_again_when_its_successor_says_something_else(store: SqliteMemoryStore) -> None:
    old = put(store, "I live in Berlin")
    new = put(store, "I live in Paris")
    store.update(new.id, Changes(text="I was in Paris once"), EVERYTHING, BY)
    assert superseded(store, old) is None
    store.update(new.id, Changes(text="I live in Rome"), EVERYTHING, BY)
    assert superseded(store, old) == new.id


def test_the_model_can_say_that_the_older_still_stands(store: SqliteMemoryStore) -> None:
    old = put(store, "Ada works for Acme")
    new = put(store, "Ada works for Globex")
    changed = store.update(old.id, Changes(stands=True), EVERYTHING, BY)
    assert changed is not None
    assert [superseded(store, memory) for memory in (old, new)] == [None, None]


def test_saying_the_older_again_makes_it_the_newer(store: SqliteMemoryStore) -> None:
    berlin = put(store, "I live in Berlin")
    paris = put(store, "I live in Paris")
    kept = store.keep(Draft("work", "I live in Berlin"), BY)
    assert (kept.created, [memory.id for memory in kept.replaces]) == (False, [paris.id])
    assert [superseded(store, memory) for memory in (berlin, paris)] == [None, berlin.id]


def test_each_mark_is_an_event_of_who_wrote_the_newer(store: SqliteMemoryStore) -> None:
    old = put(store, "I live in Berlin")
    cursor = replace(BY, author=replace(BY.author, client_id="cli_2", client_name="Cursor"))
    store.put(Draft("work", "I live in Paris"), cursor)
    statement = "SELECT kind, client_name FROM events WHERE memory_id = ? ORDER BY sequence"
    found = store.vault.read(lambda connection: connection.execute(statement, (old.id,)).fetchall())
    assert found == [("stored", "Claude"), ("superseded", "Cursor")]
