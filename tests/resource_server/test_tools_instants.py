"""A date and an instant mean the same to every tool that takes a time."""

from typing import Any

import pytest
import time_machine

from tests.resource_server.tool_callers import App

DAY, NEXT = "2026-03-01", "2026-03-02"
AS_OF: dict[str, dict[str, Any]] = {
    "memory_search": {"query": "Turin"},
    "memory_recall": {"key": "home"},
    "memory_list": {},
    "memory_stats": {},
    "graph_query": {"node": "Turin"},
    "retrieve_memory": {"query": "Turin"},
    "get_user_profile": {},
}
UNTIL: dict[str, dict[str, Any]] = {
    "memory_search": {"query": "Turin"},
    "memory_recall": {"query": "Turin"},
    "memory_list": {},
    "graph_topics": {},
    "memory_ledger": {},
    "memory_diff": {"since": "2026-02-01"},
}
NO_TIME = ("yesterday", "2026-13-01", "1771977600", "0999-01-01", "9999-12-31", "", 1771977600, "2" * 5_000)


@pytest.fixture
def noon(claude: App) -> App:
    """At noon of the first day a place is remembered, and the person says where they live; it is the next day."""
    with time_machine.travel(f"{DAY}T12:00:00Z", tick=False):
        claude.call("memory_store", text="The workshop is in Turin.", key="home", entities=["Turin"])
        claude.call("memory_store", text="Lives in Turin.", kind="trait")
        claude.call("memory_search", query="Turin")
    return claude


@pytest.mark.parametrize("tool", AS_OF)
def test_as_of_a_date_is_what_was_known_when_it_ended(noon: App, tool: str) -> None:
    with time_machine.travel(f"{NEXT}T12:00:00Z", tick=False):
        answer = noon.call(tool, **AS_OF[tool], as_of=DAY)
        assert answer == noon.call(tool, **AS_OF[tool], as_of=f"{NEXT}T00:00:00Z")
    assert answer["total"] == 2 if tool == "memory_stats" else "Turin" in str(answer)


@pytest.mark.parametrize("tool", UNTIL)
def test_until_a_date_takes_the_whole_day(noon: App, tool: str) -> None:
    with time_machine.travel(f"{NEXT}T12:00:00Z", tick=False):
        whole, until_eleven = (noon.call(tool, **UNTIL[tool], until=end) for end in (DAY, f"{DAY}T11:00:00Z"))
    assert ("Turin" in str(whole), "Turin" in str(until_eleven)) == (True, False)


def test_what_is_deleted_until_a_date_is_what_a_list_shows_until_then(noon: App) -> None:
    with time_machine.travel(f"{NEXT}T12:00:00Z", tick=False):
        assert "2 memories" in noon.call("memory_delete_many", until=DAY)["question"]
        assert "No memory" in noon.refusal("memory_delete_many", until=f"{DAY}T11:00:00Z")


@pytest.mark.parametrize("value", NO_TIME)
@pytest.mark.parametrize(
    ("tool", "argument"), [*((tool, "as_of") for tool in AS_OF), *((tool, "until") for tool in UNTIL)]
)
def test_what_is_no_time_is_refused_by_every_tool(claude: App, tool: str, argument: str, value: str | int) -> None:
    asked = {**(AS_OF if argument == "as_of" else UNTIL)[tool], argument: value}
    assert claude.refusal(tool, **asked).startswith(f"Argument '{argument}'")
