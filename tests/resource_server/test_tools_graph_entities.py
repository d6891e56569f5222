"""Names that an app ties to a memory, beside those its text names."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.resource_server.graph_calls import around, store
from tests.resource_server.tool_callers import App


def test_what_an_app_names_is_tied_to_the_memory_beside_what_the_text_names(claude: App) -> None:
    entities = [{"name": "Ada  Lovelace", "type": "person"}, "Project Engine"]
    saved = store(claude, "She prefers tea over Coffee Lab coffee", entities=entities)
    assert {target for _, relation, target in around(claude, saved) if relation == "mentions"} == {
        "Ada Lovelace", "Project Engine", "Coffee Lab",
    }  # fmt: skip
    answer = claude.call("graph_query", node="ada lovelace")
    assert {node["type"] for node in answer["nodes"] if node["name"] == "Ada Lovelace"} == {"person"}
    assert claude.call("graph_topics", type="person")["topics"][0]["name"] == "Ada Lovelace"


def test_named_entities_go_to_the_trash_and_come_back_with_their_memory(claude: App) -> None:
    saved = store(claude, "she prefers tea", entities=["Ada Lovelace"])
    claude.call("memory_delete", id=saved)
    claude.refusal("graph_query", node="Ada Lovelace")
    claude.call("memory_restore", id=saved)
    assert around(claude, "Ada Lovelace") == {("she prefers tea", "mentions", "Ada Lovelace")}


def test_an_update_names_others_instead_and_is_undone_with_its_app(claude: App) -> None:
    saved = store(claude, "she prefers tea", key="tea", entities=["Ada Lovelace"])
    claude.call("memory_update", id=saved, text="she prefers green tea")
    assert around(claude, saved) == {("tea", "mentions", "Ada Lovelace")}
    before = datetime.now(UTC)
    other = replace(claude, name="Cursor")
    other.call("memory_update", id=saved, entities=["Grace Hopper"])
    assert around(claude, saved) == {("tea", "mentions", "Grace Hopper")}
    (step, *_) = claude.call("memory_history", id=saved)["steps"]
    assert step["changed"] == ["entities"]
    told = claude.call("memory_rollback", app="Cursor", since=before.isoformat(), dry_run=False)
    claude.call(
        "memory_rollback", app="Cursor", since=before.isoformat(), dry_run=False, confirmation=told["confirmation"]
    )
    assert around(claude, saved) == {("tea", "mentions", "Ada Lovelace")}
    claude.refusal("graph_query", node="Grace Hopper")


def test_the_same_said_by_another_app_is_tied_to_what_either_named(claude: App) -> None:
    saved = store(claude, "she prefers tea", entities=["Ada Lovelace"])
    assert store(replace(claude, name="Cursor"), "she prefers tea", entities=["Grace Hopper", "ada lovelace"]) == saved
    assert {target for _, _, target in around(claude, saved)} == {"Ada Lovelace", "Grace Hopper"}


@pytest.mark.parametrize(
    ("entities", "word"),
    [
        (["x"] * 33, "32"),
        (["x" * 81], "80"),
        ([" "], "empty"),
        ([{"type": "person"}], "name"),
        ([{"name": "Ada", "age": 36}], "age"),
        ("not json", "list"),
        ([7], "entities"),
    ],
)
def test_entities_out_of_bounds_are_refused_in_words(claude: App, entities: object, word: str) -> None:
    assert word in claude.refusal("memory_store", text="she prefers tea", entities=entities)
    assert claude.call("memory_list")["memories"] == []
