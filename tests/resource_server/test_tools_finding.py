"""What narrows memory_search, memory_recall and memory_list, how long an answer may be, and why a memory was found."""

from typing import Any

import pytest
import time_machine

from tests.resource_server.tool_callers import App

FINDERS = ("memory_search", "memory_recall", "memory_list")


def texts(caller: App, tool: str, **arguments: Any) -> set[str]:
    """The texts a tool answers with."""
    query = {} if tool == "memory_list" else {"query": "tea"}
    answer = caller.call(tool, **query, **arguments)
    return {memory["text"] for memory in answer["results" if tool == "memory_search" else "memories"]}


@pytest.fixture
def two_days(claude: App) -> App:
    """Tea on the evening of 1 March and on the morning of the 2nd, by the clock of Berlin, each by another app."""
    with time_machine.travel("2026-03-01T22:30:00Z", tick=False):
        claude.call("memory_store", text="evening tea", tags=["late"])
    with time_machine.travel("2026-03-01T23:30:00Z", tick=False):
        App(claude.registry, claude.user_id, "ChatGPT").call("memory_store", text="morning tea")
    return claude


@pytest.mark.parametrize("tool", FINDERS)
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"since": "2026-03-02"}, []),
        ({"since": "2026-03-02", "timezone": "Europe/Berlin"}, ["morning tea"]),
        ({"until": "2026-03-01", "timezone": "Europe/Berlin"}, ["evening tea"]),
        ({"until": "2026-03-01"}, ["evening tea", "morning tea"]),
        ({"since": "2026-03-01T23:00:00Z"}, ["morning tea"]),
        ({"until": "2026-03-02T00:00:00+01:00"}, ["evening tea"]),
        ({"since": "2026-03-01T23:45:00", "timezone": "Europe/Berlin"}, ["morning tea"]),
        ({"app": "chatgpt"}, ["morning tea"]),
        ({"app": "cli_Claude"}, ["evening tea"]),
        ({"tags": ["late"]}, ["evening tea"]),
        ({"kinds": ["note"]}, ["evening tea", "morning tea"]),
        ({"kinds": ["fact", "page"]}, []),
        ({"conversation": "none of them"}, []),
        ({"as_of": "2026-03-01T23:00:00Z"}, ["evening tea"]),
        ({"as_of": "2026-03-01", "timezone": "Europe/Berlin"}, ["evening tea"]),
        ({"namespace": "personal"}, ["evening tea", "morning tea"]),
    ],
    ids=str,
)
def test_each_filter_narrows_every_way_to_find(
    two_days: App, tool: str, arguments: dict[str, Any], expected: list[str]
) -> None:
    assert texts(two_days, tool, **arguments) == set(expected)


@pytest.mark.parametrize("tool", FINDERS)
@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"since": "yesterday"}, "since"),
        ({"until": "2026-13-01"}, "until"),
        ({"as_of": "0001-01-01"}, "as_of"),
        ({"since": "9999-12-31T23:59:59-14:00"}, "since"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"timezone": "../../etc/passwd"}, "timezone"),
        ({"timezone": "Europe"}, "timezone"),
        ({"since": "2026-03-02", "until": "2026-03-01"}, "since"),
        ({"kinds": ["x"] * 1 + [str(number) for number in range(20)]}, "kinds"),
        ({"app": " "}, "app"),
        ({"conversation": "\0"}, "conversation"),
    ],
    ids=str,
)
def test_a_filter_that_means_nothing_is_refused_by_its_name(
    claude: App, tool: str, arguments: dict[str, Any], named: str
) -> None:
    query = {} if tool == "memory_list" else {"query": "tea"}
    refusal = claude.refusal(tool, **query, **arguments)
    assert named in refusal
    assert "Reference" not in refusal


def test_a_budget_leaves_out_the_last_and_names_them(claude: App) -> None:
    ids = [
        claude.call("memory_store", text=f"tea number {number} " + letter * 400)["id"]
        for number, letter in enumerate("abcd")
    ]
    answer = claude.call("memory_search", query="tea", max_tokens=700)
    shown = [memory["id"] for memory in answer["results"]]
    assert 0 < len(shown) < 4
    assert {*shown, *answer["left_out"]} == set(ids)
    recalled = claude.call("memory_recall", query="tea", max_tokens=700)
    assert len(recalled["memories"]) + len(recalled["left_out"]) == 4


def test_without_a_budget_nothing_is_left_out(claude: App) -> None:
    claude.call("memory_store", text="tea " + "x" * 20_000)
    answer = claude.call("memory_search", query="tea")
    assert (len(answer["results"]), answer["left_out"]) == (1, [])


def test_explain_shows_each_part_and_its_product_is_the_score(claude: App) -> None:
    claude.call("memory_store", text="likes green tea", importance=0.9)
    (plain,) = claude.call("memory_search", query="green tea")["results"]
    assert plain["explanation"] == {}
    (hit,) = claude.call("memory_search", query="green tea", explain=True)["results"]
    factors = hit["explanation"]
    assert factors.pop("own_words") + factors.pop("neighbours") == pytest.approx(hit["words"])
    assert {"importance", "trust", "asking"} <= set(factors)
    assert all(0 < factor <= 1 for factor in factors.values())
    assert 0 < hit["score"] <= max(hit["words"], hit["meaning"])


def test_memories_alike_are_folded_and_can_be_shown_apart(claude: App) -> None:
    reader = App(claude.registry, claude.user_id, read=("personal", "work"), write=("personal", "work"))
    ids = {reader.call("memory_store", text="Tea at noon.", namespace=place)["id"] for place in ("personal", "work")}
    (hit,) = reader.call("memory_search", query="tea")["results"]
    assert {hit["id"], *hit["alike"]} == ids
    assert len(reader.call("memory_search", query="tea", fold_alike=False)["results"]) == 2


def test_what_may_not_be_read_is_folded_into_nothing(claude: App) -> None:
    """AS-117: not even an id of a hidden namespace shows."""
    both = App(claude.registry, claude.user_id, read=("personal", "work"), write=("personal", "work"))
    for place in ("personal", "work"):
        both.call("memory_store", text="Tea at noon.", namespace=place)
    (hit,) = claude.call("memory_search", query="tea")["results"]
    assert hit["alike"] == []
