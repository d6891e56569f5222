"""What the memory tools do not take: each refusal says in words what to change, and nothing is stored."""

from typing import Any

import pytest

from shared.ids import new_id
from tests.resource_server.tool_callers import App


@pytest.mark.parametrize(
    "arguments",
    [
        {"text": ""},
        {"text": " \n"},
        {"text": "x" * 50_001},
        {"text": "a\0b"},
        {"text": "\ud83e"},
        {"text": 5},
        {"text": "x", "value": "y"},
        {"text": "x", "key": ""},
        {"text": "x", "key": "k" * 257},
        {"text": "x", "key": "\udfff"},
        {"text": "x", "tags": ["t"] * 1 + [str(number) for number in range(50)]},
        {"text": "x", "tags": ["t" * 65]},
        {"text": "x", "tags": ["\0"]},
        {"text": "x", "tags": "not json"},
        {"text": "x", "tags": "[" * 100_000},
        {"text": "x", "tags": {"a": 1}},
        {"text": "x", "importance": -0.1},
        {"text": "x", "importance": 1.1},
        {"text": "x", "importance": float("nan")},
        {"text": "x", "importance": 10**400},
        {"text": "x", "metadata": []},
        {"text": "x", "metadata": {"a": "x" * 16_400}},
        {"text": "x", "metadata": {"a": float("inf")}},
        {"text": "x", "metadata": {"a": ["\ud800"]}},
        {"text": "x", "metadata": {"a\0": 1}},
        {"text": "x", "metadata": {"a": {"b": {"c": {"d": {"e": {"f": {"g": {"h": {"i": 1}}}}}}}}}},
        {"text": "x", "metadata": '{"a":' * 5_000},
        {"text": "x", "scope": "forever"},
        {"text": "x", "ttl_seconds": 0},
        {"text": "x", "ttl_seconds": 10**12},
        {"text": "x", "ttl_seconds": 1.5},
        {"text": "x", "namespace": "Work"},
        {"text": "x", "namespace": "*"},
        {"text": "x", "namespace": "../x"},
        {"text": "x", "namespace": ""},
        {"text": "x", "namespace": "personal\n"},
        {"text": "x", "user": "somebody"},
        {"text": "x", "\ud800": 1},
        {"text": "x", "id": new_id("mem")},
        {"text": "x", "saved_by": {"app": "ChatGPT"}},
        {"text": "x", "created_at": "2020-01-01T00:00:00Z"},
    ],
    ids=lambda arguments: next(reversed(arguments)).encode("ascii", "replace").decode(),
)
def test_what_cannot_be_stored_is_refused_in_words(claude: App, arguments: dict[str, Any]) -> None:
    refusal = claude.refusal("memory_store", **arguments)
    assert "Argument" in refusal or "argument" in refusal
    assert len(refusal) < 1_000
    refusal.encode()
    assert claude.call("memory_stats")["total"] == 0


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("memory_search", {"query": ""}),
        ("memory_search", {"query": "x" * 4_001}),
        ("memory_search", {"query": "\0"}),
        ("memory_search", {"query": "x", "limit": 0}),
        ("memory_search", {"query": "x", "limit": 51}),
        ("memory_search", {"query": "x", "limit": 10**30}),
        ("memory_list", {"limit": -1}),
        ("memory_list", {"cursor": "\ud800"}),
        ("memory_recall", {"key": "\0"}),
        ("memory_delete", {"id": "x" * 65}),
        ("memory_delete", {"id": "' OR 1=1 --"}),
        ("memory_update", {"id": "mem_%", "text": "x"}),
        ("server_status", {"verbose": True}),
        ("memory_stats", {"as_of": "yesterday"}),
        ("memory_stats", {"as_of": "0001-01-01T00:00:00+14:00"}),
        ("memory_stats", {"as_of": "9999-12-31T23:59:59-14:00"}),
        ("memory_stats", {"as_of": 1e300}),
        ("memory_history", {"id": "mem_x", "cursor": "x"}),
        ("memory_history", {"id": "\ud800"}),
        ("memory_history", {}),
        ("memory_diff", {"since": "2020-01-01", "until": "2019-01-01"}),
        ("memory_diff", {"since": "2020-01-01", "cursor": "mem_%"}),
        ("memory_trash", {"cursor": "9" * 60}),
        ("memory_trash", {"limit": 51}),
        ("memory_restore", {"id": "x" * 65}),
        ("memory_rollback", {"app": "", "since": "2020-01-01"}),
        ("memory_rollback", {"app": "x" * 257, "since": "2020-01-01"}),
        ("memory_rollback", {"app": "x"}),
        ("memory_delete_many", {}),
        ("memory_delete_many", {"tags": ["x"], "confirmation": "x" * 513}),
        ("memory_delete_many", {"kinds": ["\0"]}),
        ("memory_delete_many", {"since": "x"}),
    ],
)
def test_no_argument_makes_a_tool_stumble(claude: App, tool: str, arguments: dict[str, Any]) -> None:
    claude.call("memory_store", text="x")
    assert "Reference" not in claude.refusal(tool, **arguments)
    assert claude.call("memory_stats")["total"] == 1


def test_the_largest_text_is_kept_whole(claude: App) -> None:
    text = "日本🦊 " * 12_500
    saved = claude.call("memory_store", text=text)
    assert claude.call("memory_list")["memories"][0]["text"] == text
    claude.call("memory_delete", id=saved["id"])
