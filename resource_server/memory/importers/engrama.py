"""Engrama: the lines that `engrama export` writes, which a Neo4j installation writes too, or its SQLite database.

Each node becomes one memory, its relations become edges; vectors are made anew.
"""

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

TEXTS = ("description", "summary", "body", "notes", "rationale", "context", "solution")
"""The properties that are prose, in the order in which they read well."""


def recognises(material: Material) -> bool:
    """By the envelope on the first line, or by the tables."""
    return bool(_exports(material) or _databases(material))


def read(material: Material) -> Iterator[Found]:
    """Each node."""
    for part in _exports(material):
        edges = _edges_of_lines(part)
        for one in lines(part):
            if isinstance(one, LeftOut):
                yield one
            elif one[1].get("type") == "node":
                yield _node(one[0], one[1], one[1].get("properties"), edges)
    for part in _databases(material):
        edges = _edges_of_tables(part)
        for one in rows(part, "nodes"):
            yield one if isinstance(one, LeftOut) else _node(one[0], one[1], decoded(one[1].get("props")), edges)


def _exports(material: Material) -> list[Part]:
    named = material.named("*.ndjson", "*.jsonl", "*.json", "*.txt")[:50]
    return [part for part in named if "engrama_export" in first_line(part)]


def _databases(material: Material) -> list[Part]:
    return [part for part in databases(material) if "key_value" in columns_of(part, "nodes")]


def _edges_of_lines(part: Part) -> Edges:
    found = (one[1] for one in lines(part) if not isinstance(one, LeftOut) and one[1].get("type") == "relation")
    return gathered(
        (
            _name(one.get("from_label"), one.get("from_value")),
            _relation(one),
            _name(one.get("to_label"), one.get("to_value")),
        )
        for one in found
    )


def _edges_of_tables(part: Part) -> Edges:
    """The columns of an edge are numbers of nodes."""
    nodes = (one[1] for one in rows(part, "nodes") if not isinstance(one, LeftOut))
    names = {node["id"]: _name(node.get("label"), node.get("key_value")) for node in nodes}
    found = (one[1] for one in rows(part, "edges") if not isinstance(one, LeftOut))
    return gathered(
        (names.get(one.get("from_id"), ""), _relation(one), names.get(one.get("to_id"), "")) for one in found
    )


def _relation(edge: Record) -> str:
    return (word(edge.get("rel_type")) or "related_to").lower()


def _name(label: Any, value: Any) -> str:
    return f"{text_in(label)}/{text_in(value)}"


def _node(where: str, node: Record, properties: Any, edges: Edges) -> Found:
    called = word(node.get("key_value"))
    if called is None:
        return LeftOut(where, "the node has no name")
    given = dict(properties) if isinstance(properties, dict) else {}
    label = word(node.get("label")) or "Node"
    prose = [text for name in TEXTS if (text := word(given.pop(name, None)))]
    tags = decoded(given.pop("tags", None))
    name = _name(label, called)
    at = instant_of(given.pop("created_at", None) or node.get("created_at") or given.get("valid_from"))
    return Imported(
        "\n".join([f"{called} ({label})", *prose]),
        where,
        at,
        instant_of(given.pop("updated_at", None) or node.get("updated_at")),
        tags=(label, *(one for one in tags if isinstance(one, str))) if isinstance(tags, list) else (label,),
        metadata={**given, "label": label},
        kind="entity",
        owner=word(given.get("user_id")),
        name=name,
        edges=edges.get(name, ()),
    )


FORMAT = Format("engrama", "Engrama's export or SQLite database", recognises, read)
