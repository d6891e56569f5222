"""Kagura AI: the folder that `kagura memory export` writes, or the memory.db of a data folder.

Values are JSON there: what is no text is kept as JSON. The same key of two agents becomes two memories.
"""

import json
from collections.abc import Iterator
from typing import Any

from resource_server.memory.importers.decoding import decoded
from resource_server.memory.importers.edges import Edges, gathered
from resource_server.memory.importers.imported import Format, Found, Imported
from resource_server.memory.importers.instants import instant_of
from resource_server.memory.importers.json_records import Record, first_line, lines
from resource_server.memory.importers.material import LeftOut, Material, Part
from resource_server.memory.importers.sqlite_files import columns_of, databases, rows
from resource_server.memory.importers.turns import text_in, word

COLUMNS = {"key", "value", "agent_name"}


def recognises(material: Material) -> bool:
    """By lines of the type `memory` with key and value, or by the table memories with agent names."""
    return bool(_exports(material) or _databases(material))


def read(material: Material) -> Iterator[Found]:
    """Each memory; nodes and edges of the graph that hang on one as its edges."""
    edges = _graph(material)
    for part in _exports(material):
        for one in lines(part):
            if isinstance(one, LeftOut):
                yield one
            elif one[1].get("type") == "memory":
                yield _memory(*one, edges)
    for part in _databases(material):
        for one in rows(part, "memories"):
            yield one if isinstance(one, LeftOut) else _memory(one[0], _from_row(one[1]), edges)


def _exports(material: Material) -> list[Part]:
    return [
        part
        for part in material.named("*.jsonl")[:50]
        if {"type", "key", "value", "scope"} <= (first := first_line(part)).keys() and first["type"] == "memory"
    ]


def _databases(material: Material) -> list[Part]:
    return [part for part in databases(material) if columns_of(part, "memories") >= COLUMNS]


def _graph(material: Material) -> Edges:
    """The edges of graph.jsonl."""
    found = (one for part in material.named("graph.jsonl") for one in lines(part) if not isinstance(one, LeftOut))
    edges = (edge for _, edge in found if edge.get("type") == "edge")
    return gathered(
        (text_in(edge.get("src")), word(edge.get("rel_type")) or "related_to", text_in(edge.get("dst")))
        for edge in edges
    )


def _from_row(row: Record) -> Record:
    return row | {"value": decoded(row.get("value")), "metadata": decoded(row.get("metadata")), "scope": "persistent"}


def _memory(where: str, memory: Record, edges: Edges) -> Found:
    key, value = word(memory.get("key")), memory.get("value")
    extra = memory.get("metadata")
    extra = dict(extra) if isinstance(extra, dict) else {}
    tags = decoded(extra.pop("tags", None))
    agent = word(memory.get("agent_name"))
    importance = extra.pop("importance", None)
    return Imported(
        value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) if value is not None else "",
        where,
        instant_of(memory.get("created_at")),
        instant_of(memory.get("updated_at")),
        key=key,
        tags=tuple(one for one in tags if isinstance(one, str)) if isinstance(tags, list) else (),
        importance=_importance(importance),
        metadata=extra | {"agent_name": None if agent == "global" else agent} | _scope(memory),
        owner=word(memory.get("user_id")),
        name=key,
        edges=edges.get(key, ()) if key else (),
    )


def _importance(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and 0 <= value <= 1 else 0.5


def _scope(memory: Record) -> dict[str, Any]:
    return {"scope": "working"} if memory.get("scope") == "working" else {}


FORMAT = Format("kagura", "Kagura AI's JSON lines export or data folder", recognises, read)
