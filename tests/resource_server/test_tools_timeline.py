"""The timeline: what happened when, a page at a time."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine

from tests.resource_server.talks import MORNING, talked
from tests.resource_server.tool_callers import App


def test_a_timeline_goes_by_when_things_happened(claude: App) -> None:
    with time_machine.travel(MORNING + timedelta(days=3), tick=False):
        claude.call("memory_store", text="stored now")
        talked(claude, ("today", ""), start=MORNING + timedelta(days=2, hours=23), conversation="b")
        talked(claude, ("three days ago", ""), ("a minute later", ""), conversation="a")

        def texts(**arguments: object) -> list[str]:
            return [memory["text"] for memory in claude.call("memory_timeline", **arguments)["memories"]]

        assert texts() == ["stored now", "today"]
        assert texts(time_range="last_week") == ["stored now", "today", "a minute later", "three days ago"]
        assert texts(time_range="2026-03-01") == ["a minute later", "three days ago"]
        assert texts(time_range="2026-03-01:2026-03-04", kind="page") == ["today", "a minute later", "three days ago"]
        assert texts(time_range="2026-02-28", timezone="Pacific/Honolulu") == ["a minute later", "three days ago"]
        assert texts(time_range="2026-03-01", timezone="Pacific/Honolulu") == []


def test_a_timeline_leads_through_everything_once(claude: App) -> None:
    for number in range(5):
        talked(claude, (f"turn {number}", ""), conversation=f"c{number}")
    seen, cursor = [], None
    while True:
        page = claude.call("memory_timeline", time_range="2026-03-01", limit=2, cursor=cursor)
        seen += [memory["text"] for memory in page["memories"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert sorted(seen) == [f"turn {number}" for number in range(5)]


@pytest.mark.parametrize(
    "arguments",
    [
        {"time_range": "yesterday"},
        {"time_range": "2026-02-30"},
        {"time_range": "9999-12-31"},
        {"time_range": "0001-01-01", "timezone": "Asia/Tokyo"},
        {"time_range": "2026-03-02:2026-03-01"},
        {"timezone": "Mars/Olympus"},
        {"timezone": "../etc/passwd"},
        {"timezone": "Europe"},
        {"cursor": "mem_x"},
    ],
)
def test_a_timeline_says_what_it_does_not_understand(claude: App, arguments: dict[str, str]) -> None:
    refusal = claude.refusal("memory_timeline", **arguments)
    assert "Reference" not in refusal
    assert "time_range" in refusal or "timezone" in refusal or "cursor" in refusal


def test_another_namespaces_memory_is_no_cursor(claude: App) -> None:
    """AS-117."""
    work = replace(claude, read=("work",), write=("work",))
    (page,) = talked(work, ("a secret", ""))
    assert "Unknown cursor" in claude.refusal("memory_timeline", cursor=page)
    assert claude.call("memory_timeline", time_range="2026-03-01")["memories"] == []
