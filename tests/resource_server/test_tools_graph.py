"""The graph tools: typed, dated links between memories and what they tell of, followed within bounds."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from shared.scopes import Scope
from tests.resource_server.graph_calls import MARCH, around, store
from tests.resource_server.graph_calls import everywhere as everywhere
from tests.resource_server.tool_callers import App


def test_two_names_are_linked_and_found_from_either_end(claude: App) -> None:
    linked = claude.call("graph_link", source="Ada", relation="works at", target="Analytical Ltd", source_type="person")
    assert (linked["edge"]["relation"], linked["edge"]["weight"], linked["source"]["type"]) == (
        "works_at",
        1.0,
        "person",
    )
    assert linked["edge"]["saved_by"]["app"] == "Claude"
    assert around(claude, "ada") == around(claude, "ANALYTICAL  LTD") == {("Ada", "works_at", "Analytical Ltd")}
    assert around(claude, "Ada", direction="in") == set()
    assert around(claude, "Ada", relations=["lives_in"]) == set()


def test_memories_are_named_by_id_or_key(claude: App) -> None:
    plan, reason = store(claude, "the plan", key="plan"), store(claude, "the reason")
    claude.call("graph_link", source="plan", relation="follows_from", target=reason)
    assert around(claude, plan) == {("plan", "follows_from", "the reason")}


def test_a_link_replaces_none_that_may_not_be_seen(claude: App) -> None:
    """AS-117: what is linked from here to elsewhere is nothing that an app without elsewhere can end."""
    owner = replace(claude, read=("*",), write=("*",))
    plan, secret = store(owner, "the plan", namespace="work"), store(owner, "the secret", namespace="private")
    owner.call("graph_link", source=plan, relation="rests_on", target=secret, namespace="work")
    worker = replace(claude, name="Worker", read=("work",), write=("work",))
    worker.call("graph_link", source=plan, relation="rests_on", target="Hope", namespace="work", replaces=True)
    ends = {("the plan", "rests_on", end) for end in ("the secret", "Hope")}
    assert around(owner, plan) == ends


def test_what_a_text_names_is_linked_to_it(claude: App) -> None:
    store(claude, "Met Ada Lovelace in London")
    store(claude, "Ada Lovelace prefers tea, mail ada@example.org")
    mentions = {(name, target) for name, relation, target in around(claude, "Ada Lovelace") if relation == "mentions"}
    assert mentions == {
        ("Met Ada Lovelace in London", "Ada Lovelace"),
        ("Ada Lovelace prefers tea, mail ada@example.org", "Ada Lovelace"),
    }
    assert around(claude, "ada@example.org", relations=["mentions"]) != set()


def test_a_changed_text_names_what_it_names_now(claude: App) -> None:
    memory_id = store(claude, "Lunch with Ada Lovelace")
    claude.call("memory_update", id=memory_id, text="Lunch with Grace Hopper")
    assert around(claude, memory_id) == {("Lunch with Grace Hopper", "mentions", "Grace Hopper")}
    claude.refusal("graph_query", node="Ada Lovelace")


def test_an_ended_link_stays_in_the_past(claude: App) -> None:
    with time_machine.travel(MARCH, tick=False) as clock:
        claude.call("graph_link", source="Ada", relation="lives_in", target="London")
        clock.shift(timedelta(days=30))
        claude.call("graph_link", source="Ada", relation="lives_in", target="London", valid_to="now")
        clock.shift(timedelta(days=1))
        assert around(claude, "Ada") == set()
        assert around(claude, "Ada", at="2026-03-15") == {("Ada", "lives_in", "London")}
        assert around(claude, "Ada", at="2026-02-01") == set()
        history = claude.call("graph_query", node="Ada", history=True)["edges"]
        assert sorted(edge["replaced_at"] is None for edge in history) == [False, True]


def test_what_was_known_is_told_apart_from_what_was_true(claude: App) -> None:
    """Two times: an end that was saved late changes what was true, not what was known."""
    with time_machine.travel(MARCH, tick=False) as clock:
        claude.call("graph_link", source="Ada", relation="works_at", target="Ministry", valid_from="2020-01-01")
        clock.shift(timedelta(days=10))
        claude.call("graph_link", source="Ada", relation="works_at", target="Ministry", valid_to="2026-02-01")
        assert around(claude, "Ada", at="2026-02-15") == set()
        assert around(claude, "Ada", at="2026-02-15", as_of="2026-03-05") == {("Ada", "works_at", "Ministry")}
        assert around(claude, "Ada", at="2021-01-01") == {("Ada", "works_at", "Ministry")}


def test_a_relation_that_holds_one_at_a_time_ends_what_was(claude: App) -> None:
    claude.call("graph_link", source="Ada", relation="lives_in", target="London", valid_from="2020-01-01")
    claude.call("graph_link", source="Ada", relation="lives_in", target="Turin", valid_from="2024-05-01", replaces=True)
    assert around(claude, "Ada") == {("Ada", "lives_in", "Turin")}
    assert around(claude, "Ada", at="2022-01-01") == {("Ada", "lives_in", "London")}


def test_another_weight_holds_from_then_on(claude: App) -> None:
    link = {"source": "Ada", "relation": "knows", "target": "Charles"}
    claude.call("graph_link", **link, weight=0.2, valid_from="2020-01-01")
    assert claude.call("graph_link", **link, weight=0.8, valid_from="2024-01-01")["edge"]["weight"] == 0.8
    for at, weight in (("2022-01-01", 0.2), ("2025-01-01", 0.8)):
        (edge,) = claude.call("graph_query", node="Ada", at=at)["edges"]
        assert edge["weight"] == weight


def test_the_same_link_twice_is_one(claude: App) -> None:
    first, second = (
        claude.call("graph_link", source="Ada", relation="knows", target="Charles")["edge"] for _ in range(2)
    )
    assert first == second
    assert len(claude.call("graph_query", node="Ada", history=True)["edges"]) == 1


def test_the_shortest_path_is_told(claude: App) -> None:
    for source, target in (
        ("a1", "b2"),
        ("b2", "c3"),
        ("c3", "d4"),
        ("a1", "x9"),
        ("x9", "y9"),
        ("y9", "z9"),
        ("z9", "d4"),
    ):
        claude.call("graph_link", source=source, relation="leads_to", target=target)
    answer = claude.call("graph_query", node="a1", to="d4")
    names = {node["id"]: node["name"] for node in answer["nodes"]}
    assert [[names[one] for one in path] for path in answer["paths"]] == [["a1", "b2", "c3", "d4"]]
    assert len(answer["edges"]) == 3
    assert not answer["cut"]
    assert claude.call("graph_query", node="a1", to="d4", depth=2)["paths"] == []
    assert claude.call("graph_query", node="d4", to="a1", direction="out")["paths"] == []


def test_a_walk_that_was_cut_says_so(claude: App) -> None:
    for number in range(4):
        claude.call("graph_link", source="hub", relation="holds", target=f"spoke{number}")
    cut = claude.call("graph_query", node="hub", fan_out=3)
    assert (len(cut["edges"]), cut["cut"]) == (3, True)
    assert cut["advice"]
    assert not claude.call("graph_query", node="hub", fan_out=4)["cut"]


def test_the_trash_takes_a_memory_out_of_the_graph_and_nothing_tells_of_it(claude: App) -> None:
    memory_id = store(claude, "Lunch with Grace Hopper", key="lunch")
    claude.call("graph_link", source="lunch", relation="at", target="Cafe Central")
    claude.call("memory_delete", key="lunch")
    for name in (memory_id, "lunch", "Grace Hopper", "Cafe Central"):
        assert "no memory" in claude.refusal("graph_query", node=name)


def test_a_namespace_that_may_not_be_read_is_in_no_walk(claude: App, everywhere: App) -> None:
    """AS-117: neither its memories nor its entities nor an edge of it, at any step, in any count."""
    store(everywhere, "Ada Lovelace hides here", namespace="secret", key="den")
    home = store(everywhere, "Ada Lovelace drinks tea", key="tea")
    everywhere.call("graph_link", source=home, relation="known_by", target="den", namespace="secret")
    everywhere.call("graph_link", source="den", relation="near", target="Grace Hopper", namespace="personal")
    everywhere.call("graph_link", source="tea", relation="loved_by", target="Ada Lovelace", namespace="secret")
    everywhere.call("graph_link", source="tea", relation="made_of", target="leaves", namespace="personal")
    for arguments in ({}, {"depth": 4}, {"history": True}, {"fan_out": 2}):
        answer = claude.answer("graph_query", node="tea", **arguments)
        assert not any(word in str(answer) for word in ("secret", "den", "hides", "known_by", "loved_by"))
        assert answer.structured_content is not None
        assert not answer.structured_content["cut"]
    for name in ("den", "Grace Hopper"):
        claude.refusal("graph_query", node=name)
    claude.refusal("graph_query", node="tea", to="den")
    assert ("tea", "known_by", "den") in around(everywhere, "tea")


def test_an_edge_is_drawn_only_where_both_ends_may_be_read_and_written(claude: App, everywhere: App) -> None:
    store(everywhere, "the den", namespace="secret", key="den")
    store(everywhere, "the tea", key="tea")
    reader = replace(claude, read=("personal", "secret"))
    for app, arguments in (
        (reader, {"source": "tea", "target": "den"}),
        (reader, {"source": "den", "target": "Ada"}),
        (claude, {"source": "tea", "target": "Ada", "namespace": "secret"}),
        (replace(claude, scopes=(Scope.MEMORY_READ,)), {"source": "tea", "target": "Ada"}),
    ):
        app.refusal("graph_link", relation="near", **arguments)
    assert around(everywhere, "tea") == set()
    # To who may not read it, the key of another namespace is a name like any other.
    claude.call("graph_link", source="tea", relation="near", target="den")
    assert claude.call("graph_query", node="den")["nodes"][0]["is_memory"] is False


@pytest.mark.parametrize(
    "arguments",
    [
        {"relation": "mentions"},
        {"relation": "a/b"},
        {"relation": " - "},
        {"relation": "r" * 65},
        {"target": "Ada"},
        {"target": ""},
        {"target": "x" * 257},
        {"target": "mem_01arz3ndektsv4rrffq69g5fav"},
        {"target": "ent_01arz3ndektsv4rrffq69g5fav"},
        {"target": "a\0b"},
        {"weight": 1.5},
        {"weight": float("nan")},
        {"valid_from": "yesterday"},
        {"valid_from": 5},
        {"valid_from": "0001-01-01T00:00:00+23:00"},
        {"valid_from": "2026-02-01", "valid_to": "2026-01-01"},
        {"valid_to": "2000-01-01"},
        {"namespace": "Work"},
        {"source_type": ""},
    ],
)
def test_a_link_that_makes_no_sense_is_refused_in_words(claude: App, arguments: dict[str, Any]) -> None:
    refusal = claude.refusal("graph_link", **{"source": "Ada", "relation": "knows", "target": "Bob"} | arguments)
    assert "Reference" not in refusal
    claude.refusal("graph_query", node="Ada")


@pytest.mark.parametrize(
    "arguments",
    [
        {"depth": 0},
        {"depth": 5},
        {"fan_out": 51},
        {"fan_out": 0},
        {"direction": "up"},
        {"at": "x"},
        {"relations": ["a b/"]},
    ],
)
def test_a_question_beyond_the_bounds_is_refused(claude: App, arguments: dict[str, Any]) -> None:
    claude.call("graph_link", source="Ada", relation="knows", target="Bob")
    assert "Reference" not in claude.refusal("graph_query", **{"node": "Ada"} | arguments)
