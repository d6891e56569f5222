"""What hangs together with a memory and why, and what comes up most."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import time_machine

from tests.resource_server.graph_calls import MARCH, store
from tests.resource_server.graph_calls import everywhere as everywhere
from tests.resource_server.tool_callers import App


def kin(app: App, memory: str, **arguments: Any) -> dict[str, set[str]]:
    """The texts of related memories, and by what kinds of bond."""
    answer = app.call("memory_related", memory=memory, **arguments)
    return {
        one["text"]: {bond["kind"] for bond in answer["because"] if bond["id"] == one["id"]}
        for one in answer["related"]
    }


def test_what_hangs_together_says_why(claude: App) -> None:
    store(claude, "the plan", key="plan")
    reason = store(claude, "a reason, by Grace Hopper")
    store(claude, "what Grace Hopper likes")
    store(claude, "apart from all that")
    claude.call("graph_link", source="plan", relation="follows_from", target=reason)
    assert kin(claude, "plan") == {"a reason, by Grace Hopper": {"link"}}
    assert kin(claude, reason) == {"the plan": {"link"}, "what Grace Hopper likes": {"entity"}}
    (because,) = claude.call("memory_related", memory="plan")["because"]
    assert (because["by"], 0 < because["strength"] < 1) == ("follows_from", True)


def test_a_link_to_the_same_thing_binds_within_two_steps(claude: App) -> None:
    for key in ("first", "second"):
        store(claude, f"the {key} note", key=key)
        claude.call("graph_link", source=key, relation="about", target="Quorum", namespace="personal")
    assert kin(claude, "first", hops=2) == {"the second note": {"link"}}
    assert kin(claude, "first", hops=1) == {}


def test_a_name_that_everything_mentions_binds_less_than_a_rare_one(claude: App) -> None:
    for number in range(6):
        store(claude, f"Grace Hopper did thing {number}")
    one = store(claude, "Grace Hopper met Alan Turing")
    store(claude, "Alan Turing ran")
    related = claude.call("memory_related", memory=one)["related"]
    assert related[0]["text"] == "Alan Turing ran"
    assert related[0]["score"] > related[1]["score"]


def test_kinship_passes_through_nothing_that_may_not_be_read(claude: App, everywhere: App) -> None:
    """AS-117."""
    store(everywhere, "Ada Lovelace drinks tea", key="tea")
    store(everywhere, "Ada Lovelace hides", key="den", namespace="secret")
    store(everywhere, "the cups", key="cups")
    everywhere.call("graph_link", source="tea", relation="near", target="den", namespace="secret")
    everywhere.call("graph_link", source="den", relation="near", target="cups", namespace="secret")
    assert set(kin(everywhere, "tea")) == {"Ada Lovelace hides", "the cups"}
    assert kin(claude, "tea") == {}
    claude.refusal("memory_related", memory="den")


def test_topics_count_what_comes_up(claude: App) -> None:
    cursor = replace(claude, name="Cursor")
    with time_machine.travel(MARCH, tick=False) as clock:
        store(claude, "Ada Lovelace called")
        clock.shift(timedelta(days=40))
        store(cursor, "Met Ada Lovelace and Grace Hopper")
        about = claude.call("graph_topics")
    assert [(topic["name"], topic["memories"]) for topic in about["topics"]] == [
        ("Ada Lovelace", 2),
        ("Grace Hopper", 1),
    ]
    assert {one["name"]: one["memories"] for one in about["apps"]} == {"Claude": 1, "Cursor": 1}
    assert [one["name"] for one in about["months"]] == ["2026-04", "2026-03"]
    assert [topic["name"] for topic in claude.call("graph_topics", until="2026-03-31")["topics"]] == ["Ada Lovelace"]
    assert claude.call("graph_topics", type="email")["topics"] == []


def test_topics_count_nothing_that_may_not_be_read(claude: App, everywhere: App) -> None:
    """AS-117."""
    store(everywhere, "Ada Lovelace hides", namespace="secret")
    store(everywhere, "Ada Lovelace drinks tea")
    assert claude.call("graph_topics")["topics"][0]["memories"] == 1
    claude.refusal("graph_topics", namespace="secret")
