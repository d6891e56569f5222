"""Neighbours in time: what stands beside a match in its conversation is found by it, and nothing else is."""

from datetime import UTC, datetime, timedelta

import pytest

from resource_server.memory.embeddings import NoEmbedder
from resource_server.memory.records import Draft, Filters
from resource_server.memory.store import MemoryStore
from shared.authorization_details import NamespaceSet
from shared.ids import new_id
from tests.stores.conftest import EVERYTHING, OpenStores, signed_by

NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def store(open_vaults: OpenStores) -> MemoryStore:
    """Words alone; a long talk about the weather beside what is asked for."""
    store = open_vaults(NoEmbedder()).of(new_id("usr"))
    for number in range(12):
        store.put(Draft("personal", f"sunshine and rain {number}", conversation="weather"), signed_by())
    return store


def say(store: MemoryStore, text: str, minute: int = 0, conversation: str | None = "talk", **rest: str) -> str:
    """One line of a conversation; its id."""
    at = NOON + timedelta(minutes=minute)
    draft = Draft(rest.get("namespace", "personal"), text, happened_at=at, conversation=conversation)
    return store.put(draft, signed_by())[0].id


def found(store: MemoryStore, query: str, filters: Filters | None = None) -> list[str]:
    """Texts, best first."""
    return [hit.memory.text for hit in store.search(query, filters or Filters(EVERYTHING), 20)]


def test_the_answer_is_found_by_the_question_before_it(store: MemoryStore) -> None:
    say(store, "Where does the zeppelin land?")
    say(store, "In Friedrichshafen.")
    say(store, "Something else entirely", conversation="other")
    assert set(found(store, "zeppelin")) == {"In Friedrichshafen.", "Where does the zeppelin land?"}


def test_what_a_neighbour_lent_is_shown_apart(store: MemoryStore) -> None:
    say(store, "Where does the zeppelin land?")
    say(store, "In Friedrichshafen.")
    question, answer = store.search("zeppelin", Filters(EVERYTHING), 2)
    assert answer.around == answer.words > 0
    assert question.around == 0 < question.words
    assert question.factors["asking"] < 1 == answer.factors["asking"]


def test_brackets_without_an_end_keep_no_search_waiting(store: MemoryStore) -> None:
    """Each of these might begin the remark that follows a question."""
    say(store, "zeppelin " + "?[" * 500_000)
    (found,) = store.search("zeppelin", Filters(EVERYTHING), 1)
    assert found.factors["asking"] == 1


def test_neighbours_are_those_in_time_whatever_order_they_were_stored_in(store: MemoryStore) -> None:
    say(store, "the zeppelin lands", minute=0)
    say(store, "much later", minute=50)
    for minute in (40, 30, 20, 10):
        say(store, f"after {minute} minutes", minute=minute)
    assert set(found(store, "zeppelin")) == {
        "the zeppelin lands",
        *(f"after {minute} minutes" for minute in (10, 20, 30)),
    }


def test_lines_of_one_instant_keep_the_order_they_were_stored_in(store: MemoryStore) -> None:
    for text in ("one", "two", "three", "four", "zeppelin", "five", "six", "seven", "eight"):
        say(store, text)
    assert set(found(store, "zeppelin")) == {"two", "three", "four", "zeppelin", "five", "six", "seven"}


def test_conversations_of_one_name_in_two_namespaces_are_two(store: MemoryStore) -> None:
    """AS-117: beside what may be read, what may not be read does not exist."""
    say(store, "zeppelin at noon", namespace="work")
    say(store, "a secret", namespace="private")
    assert found(store, "zeppelin") == ["zeppelin at noon"]
    assert found(store, "zeppelin", Filters(NamespaceSet.of("private"))) == []


def test_a_deleted_neighbour_lends_nothing(store: MemoryStore) -> None:
    question = say(store, "Where does the zeppelin land?")
    say(store, "In Friedrichshafen.")
    store.delete(question, EVERYTHING, signed_by())
    assert found(store, "zeppelin") == []


def test_a_neighbour_is_found_only_where_it_fits_the_filters(store: MemoryStore) -> None:
    say(store, "Where does the zeppelin land?")
    say(store, "In Friedrichshafen.", minute=5)
    before = Filters(EVERYTHING, until=NOON + timedelta(minutes=3))
    assert found(store, "zeppelin", before) == ["Where does the zeppelin land?"]


def test_without_a_conversation_there_are_no_neighbours(store: MemoryStore) -> None:
    say(store, "Where does the zeppelin land?", conversation=None)
    say(store, "In Friedrichshafen.", conversation=None)
    assert found(store, "zeppelin") == ["Where does the zeppelin land?"]
