"""The graph as it was at a past instant."""

from dataclasses import replace
from datetime import timedelta

import time_machine

from tests.resource_server.graph_calls import MARCH, around, store
from tests.resource_server.tool_callers import App


def test_at_a_past_instant_a_memory_shows_what_it_said_then(claude: App) -> None:
    with time_machine.travel(MARCH, tick=False) as clock:
        plan = store(claude, "Ask Ada Lovelace")
        claude.call("graph_link", source=plan, relation="about", target="Engine")
        clock.shift(timedelta(days=2))
        claude.call("memory_update", id=plan, text="Ask Grace Hopper")
        clock.shift(timedelta(days=2))
        then = (MARCH + timedelta(days=1)).isoformat()
        assert around(claude, plan, as_of=then) == {
            ("Ask Ada Lovelace", "about", "Engine"), ("Ask Ada Lovelace", "mentions", "Ada Lovelace"),
        }  # fmt: skip
        assert around(claude, "Ada Lovelace", as_of=then) == {("Ask Ada Lovelace", "mentions", "Ada Lovelace")}
        assert around(claude, plan) == {
            ("Ask Grace Hopper", "about", "Engine"), ("Ask Grace Hopper", "mentions", "Grace Hopper"),
        }  # fmt: skip
        claude.refusal("graph_query", node="Grace Hopper", as_of=then)
        claude.refusal("graph_query", node="Ada Lovelace")


def test_what_was_not_there_then_is_no_end_and_what_is_gone_now_is_one(claude: App) -> None:
    with time_machine.travel(MARCH, tick=False) as clock:
        plan, old = store(claude, "the plan", key="plan"), store(claude, "the old reason")
        claude.call("graph_link", source=plan, relation="rests_on", target=old)
        clock.shift(timedelta(days=2))
        new = store(claude, "the new reason")
        claude.call("graph_link", source=plan, relation="rests_on", target=new, valid_from="2026-01-01")
        claude.call("memory_delete", id=old)
        clock.shift(timedelta(days=2))
        claude.call("memory_restore", id=old)
        days = [MARCH + timedelta(days=days) for days in (1, 3, 4)]
        shown = [around(claude, "plan", as_of=day.isoformat()) for day in days]
        assert shown[0] == {("plan", "rests_on", "the old reason")}
        assert shown[1] == {("plan", "rests_on", "the new reason")}
        assert shown[2] == shown[0] | shown[1] == around(claude, "plan")
        for history in (False, True):
            before = around(claude, "plan", as_of=days[0].isoformat(), history=history)
            assert before == {("plan", "rests_on", "the old reason")}
        claude.refusal("graph_query", node=new, as_of=days[0].isoformat())
        claude.refusal("graph_query", node="plan", as_of="2026-02-01")
        paths = claude.call("graph_query", node="plan", to=old, as_of=days[0].isoformat())["paths"]
        assert paths == [[plan, old]]
        claude.refusal("graph_query", node="plan", to=old, as_of=days[1].isoformat())


def test_a_link_that_was_replaced_later_stands_as_it_stood(claude: App) -> None:
    with time_machine.travel(MARCH, tick=False) as clock:
        link = {"source": "Ada", "relation": "knows", "target": "Charles"}
        claude.call("graph_link", **link, weight=0.2)
        clock.shift(timedelta(days=2))
        claude.call("graph_link", **link, weight=0.8)
        clock.shift(timedelta(days=2))
        then = (MARCH + timedelta(days=1)).isoformat()
        (edge,) = claude.call("graph_query", node="Ada", as_of=then, history=True)["edges"]
        assert (edge["weight"], edge["replaced_at"]) == (0.2, None)


def test_the_graph_of_the_past_keeps_what_may_not_be_read_to_itself(claude: App) -> None:
    owner = replace(claude, read=("*",), write=("*",))
    with time_machine.travel(MARCH, tick=False) as clock:
        plan, secret = store(owner, "the plan"), store(owner, "the secret", namespace="private")
        owner.call("graph_link", source=plan, relation="rests_on", target=secret, namespace="personal")
        clock.shift(timedelta(days=2))
        then = (MARCH + timedelta(days=1)).isoformat()
        assert around(owner, plan, as_of=then) == {("the plan", "rests_on", "the secret")}
        assert around(claude, plan, as_of=then) == set()
        claude.refusal("graph_query", node=secret, as_of=then)
