"""OpenMemory's export: a zip of memories.json and memories.jsonl.gz, or either of them alone.

The lines are read where they are there, for they name apps and categories; memories.json refers to them by ids.
"""

from collections.abc import Iterator
from typing import Any

from resource_server.memory.importers.imported import Format, Found, Imported
from resource_server.memory.importers.instants import instant_of
from resource_server.memory.importers.json_records import Record, first_line, lines, paths_in, records
from resource_server.memory.importers.material import LeftOut, Material, Part
from resource_server.memory.importers.turns import text_in

LINES = ("memories.jsonl.gz", "memories.jsonl")
MARKS = {"memory_categories", "status_history", "memories.item.category_ids", "memories.item.app_id"}


def recognises(material: Material) -> bool:
    """By `category_ids` and its like, or by the lines' `state` and `categories`."""
    return bool(_lines_of(material)) or any(MARKS & paths_in(part) for part in material.named("*.json")[:20])


def read(material: Material) -> Iterator[Found]:
    """Each memory that is not deleted, with its categories as tags."""
    if found := _lines_of(material):
        for part in found:
            for one in lines(part):
                yield one if isinstance(one, LeftOut) else _memory(*one, one[1].get("categories"))
        return
    for part in material.named("*.json"):
        names = _categories(part)
        for one in records(part, "memories.item"):
            if isinstance(one, LeftOut):
                yield one
                continue
            ids = one[1].get("category_ids")
            yield _memory(*one, [names.get(text_in(each), "") for each in ids] if isinstance(ids, list) else [])


def _lines_of(material: Material) -> list[Part]:
    return [part for part in material.named(*LINES) if {"content", "state", "categories"} <= first_line(part).keys()]


def _categories(part: Part) -> dict[str, str]:
    found = [one[1] for one in records(part, "categories.item") if not isinstance(one, LeftOut)]
    return {text_in(one.get("id")): text_in(one.get("name")) for one in found}


def _memory(where: str, memory: Record, categories: Any) -> Found:
    state = memory.get("state", "active")
    if state == "deleted" or memory.get("deleted_at"):
        return LeftOut(where, "it was deleted there")
    extra = memory.get("metadata")
    return Imported(
        text_in(memory.get("content")),
        where,
        instant_of(memory.get("created_at")),
        instant_of(memory.get("updated_at")),
        tags=tuple(one for one in categories if isinstance(one, str)) if isinstance(categories, list) else (),
        metadata={
            **(extra if isinstance(extra, dict) else {}),
            "app": memory.get("app"),
            **({"state": state} if state != "active" else {}),
        },
    )


FORMAT = Format("openmemory", "OpenMemory's export (mem0's MCP server)", recognises, read)
