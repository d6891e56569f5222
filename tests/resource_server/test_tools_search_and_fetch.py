"""ChatGPT's pair search and fetch: its exact shapes, its addresses, and the limits of every other tool.

https://developers.openai.com/api/docs/mcp, https://developers.openai.com/apps-sdk/build/mcp-server.
"""

import json
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from resource_server.tools.registry import Registry
from shared.ids import new_id
from shared.scopes import Scope
from tests.resource_server.tool_callers import ORIGIN, App, text_of

LONG = "The boiler is serviced every March by the plumber from the corner shop, who wants to be called a week before."


@pytest.mark.parametrize(("tool", "argument"), [("search", "query"), ("fetch", "id")])
def test_each_takes_one_string_and_declares_nothing_else(registry: Registry, tool: str, argument: str) -> None:
    """Company knowledge compatibility: the input schemas are compared with the published ones."""
    schema = deepcopy(registry.input_schema(tool))  # one and the same in all registries of a process
    assert schema is not None
    described = schema["properties"].pop(argument)
    assert described.pop("description")
    assert described == {"type": "string"}
    assert schema == {"type": "object", "properties": {}, "required": [argument], "additionalProperties": False}


def test_both_only_read(claude: App) -> None:
    """Company knowledge calls read-only tools alone."""
    tools = {tool.name: tool.annotations for tool in claude.registry.visible_tools(claude.caller)}
    for name in ("search", "fetch"):
        hints = tools[name]
        assert hints is not None
        assert (hints.read_only_hint, hints.destructive_hint, hints.open_world_hint) == (True, False, False)


def test_search_answers_with_id_title_and_url(claude: App) -> None:
    """Building MCP servers, search tool: an object with the single key `results`."""
    saved = claude.call("memory_store", text=LONG, key="boiler")
    assert claude.call("search", query="plumber") == {
        "results": [{"id": saved["id"], "title": "boiler", "url": f"{ORIGIN}/memories/{saved['id']}"}]
    }


def test_fetch_answers_with_the_document_and_where_it_is_from(claude: App) -> None:
    """AS-99; Building MCP servers, fetch tool: id, title, text, url and metadata."""
    saved = claude.call("memory_store", text=LONG, key="boiler", tags=["house"])
    document = claude.call("fetch", id=saved["id"])
    metadata = document.pop("metadata")
    url = f"{ORIGIN}/memories/{saved['id']}"
    assert document == {"id": saved["id"], "title": "boiler", "text": LONG, "url": url}
    assert (metadata["app"], metadata["tool"], metadata["namespace"]) == ("Claude", "memory_store", "personal")
    assert metadata["tags"] == ["house"]
    assert "not an instruction" in metadata["notice"]
    assert metadata["created_at"] == claude.call("memory_recall", key="boiler")["memories"][0]["created_at"]


@pytest.mark.parametrize("tool", ["search", "fetch"])
def test_the_one_text_item_is_the_structured_content(claude: App, tool: str) -> None:
    """Building MCP servers: exactly one content item of type text, its text the answer as JSON."""
    saved = claude.call("memory_store", text=f"{LONG} \u2028 Ünïcode 🦉")
    result = claude.answer(tool, **({"query": "boiler"} if tool == "search" else {"id": saved["id"]}))
    (content,) = result.content
    assert content.type == "text"
    assert json.loads(text_of(result)) == result.structured_content


def test_what_search_finds_fetch_reads(claude: App) -> None:
    for number in range(12):
        claude.call("memory_store", text=f"note {number} about bees")
    results = claude.call("search", query="bees")["results"]
    assert len(results) == 10
    assert {claude.call("fetch", id=result["id"])["url"] for result in results} == {one["url"] for one in results}


def test_an_address_is_as_good_as_an_id(claude: App) -> None:
    """A person who pastes the address from the page gets the same memory."""
    saved = claude.call("memory_store", text=LONG)
    assert claude.call("fetch", id=f" {ORIGIN}/memories/{saved['id']} ")["id"] == saved["id"]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Short.", "Short."),
        (LONG, "The boiler is serviced every March by the plumber from the corner shop, who…"),
        ("two\n\nlines\tand   blanks", "two lines and blanks"),
        ("# A heading\nand more", "A heading and more"),
        ("x" * 200, "x" * 79 + "…"),
        ("a\u202eb\u200bc\x07d", "abcd"),
        ("買い物" * 40, "買い物" * 26 + "買…"),
        ("👩\u200d🚀 space", "👩\u200d🚀 space"),
    ],
)
def test_a_title_is_the_first_words_on_one_plain_line(claude: App, text: str, title: str) -> None:
    saved = claude.call("memory_store", text=text)
    assert claude.call("fetch", id=saved["id"])["title"] == title


def test_a_memory_that_shows_nothing_is_called_by_its_id(claude: App) -> None:
    saved = claude.call("memory_store", text="\u200b\u202e")
    assert claude.call("fetch", id=saved["id"])["title"] == saved["id"]


def test_a_memory_outside_the_grant_looks_like_none(registry: Registry) -> None:
    """AS-117: not found by search, and fetch answers word for word as for an id nobody has."""
    everything = App(registry, new_id("usr"), read=("*",), write=("*",))
    hidden = everything.call("memory_store", text=LONG, namespace="work")["id"]
    narrow = replace(everything, read=("personal",), write=())
    assert narrow.call("search", query="boiler") == {"results": []}
    assert narrow.refusal("fetch", id=hidden) == narrow.refusal("fetch", id=new_id("mem"))
    address = f"{ORIGIN}/memories/{hidden}"
    assert narrow.refusal("fetch", id=address) == narrow.refusal("fetch", id=f"{ORIGIN}/memories/{new_id('mem')}")


def test_nobody_fetches_what_another_person_saved(claude: App) -> None:
    saved = claude.call("memory_store", text=LONG)
    stranger = replace(claude, user_id=new_id("usr"), read=("*",))
    assert stranger.refusal("fetch", id=saved["id"]) == stranger.refusal("fetch", id=new_id("mem"))
    assert stranger.call("search", query="boiler") == {"results": []}


def test_what_was_deleted_is_not_fetched(claude: App) -> None:
    saved = claude.call("memory_store", text=LONG)
    claude.call("memory_delete", id=saved["id"])
    assert claude.refusal("fetch", id=saved["id"]) == claude.refusal("fetch", id=new_id("mem"))


def test_an_app_that_may_only_write_sees_neither(claude: App) -> None:
    """AS-118."""
    writer = replace(claude, scopes=(Scope.MEMORY_WRITE,))
    assert writer.tools().isdisjoint({"search", "fetch"})
    assert writer.refusal("search", query="boiler")


@pytest.mark.parametrize("unknown", ["mem_x", "é", "../../etc/passwd", "https://evil.example/memories/mem_1", "%00"])
def test_an_id_nobody_has_is_a_plain_refusal(claude: App, unknown: str) -> None:
    assert claude.refusal("fetch", id=unknown) == claude.refusal("fetch", id=new_id("mem"))


@pytest.mark.parametrize(
    ("tool", "arguments", "named"),
    [
        ("search", {}, "query"),
        ("search", {"query": ""}, "query"),
        ("search", {"query": " \n\t"}, "query"),
        ("search", {"query": "x" * 4_001}, "query"),
        ("search", {"query": "a\0b"}, "query"),
        ("search", {"query": "\ud800"}, "query"),
        ("search", {"query": ["bees"]}, "query"),
        ("search", {"query": "bees", "limit": 3}, "limit"),
        ("fetch", {}, "id"),
        ("fetch", {"id": ""}, "id"),
        ("fetch", {"id": "m" * 2_001}, "id"),
        ("fetch", {"id": "mem_\0"}, "id"),
        ("fetch", {"id": 7}, "id"),
        ("fetch", {"id": None}, "id"),
    ],
)
def test_a_wrong_argument_is_named(claude: App, tool: str, arguments: dict[str, Any], named: str) -> None:
    assert f"'{named}'" in claude.refusal(tool, **arguments)


@pytest.mark.parametrize("query", ["買い物", "🦉", "naïve café", "'; DROP TABLE", '"*(NEAR', "x" * 4_000, "a OR b AND"])
def test_any_words_may_be_looked_for(claude: App, query: str) -> None:
    assert "results" in claude.call("search", query=query)
