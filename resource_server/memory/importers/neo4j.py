"""Neo4j: the JSON lines of `apoc.export.json.all`, a node or a relationship a line, in any order.

Each node becomes one memory, each relationship an edge of its start. Vectors are made anew.
"""

from collections.abc import Iterator
from typing import Any

from resource_server.memory.importers.edges import Edges, gathered
from resource_server.memory.importers.imported import Format, Found, Imported
from resource_server.memory.importers.instants import instant_of
from resource_server.memory.importers.json_records import Record, first_line, lines
from resource_server.memory.importers.material import LeftOut, Material, Part
from resource_server.memory.importers.turns import text_in, word

NAMES = ("name", "title", "key", "id")
"""The properties that name a node, the surest first."""

PROSE = ("text", "content", "description", "summary", "body", "notes", "observation")
LONGEST_VECTOR = 64
"""A longer list of numbers is an embedding, made by somebody else's model."""


def recognises(material: Material) -> bool:
    """By a node with labels, or a relationship with two ends, on the first line."""
    return bool(_exports(material))


def read(material: Material) -> Iterator[Found]:
    """Each node."""
    for part in _exports(material):
        edges = _edges(part)
        for one in lines(part):
            if isinstance(one, LeftOut):
                yield one
            elif one[1].get("type") == "node":
                yield _node(*one, edges)
            elif one[1].get("type") != "relationship":
                yield LeftOut(one[0], "it is neither a node nor a relationship")


def _exports(material: Material) -> list[Part]:
    return [part for part in material.named("*.json", "*.jsonl", "*.ndjson")[:50] if _is_export(first_line(part))]


def _is_export(first: Record) -> bool:
    if first.get("type") == "node":
        return "id" in first and isinstance(first.get("labels"), list)
    return first.get("type") == "relationship" and isinstance(first.get("start"), dict)


def _edges(part: Part) -> Edges:
    """By the number of the node where they start."""
    found = (one[1] for one in lines(part) if not isinstance(one, LeftOut) and one[1].get("type") == "relationship")
    return gathered(
        (_end(one.get("start")), (word(one.get("label")) or "").lower(), _end(one.get("end"))) for one in found
    )


def _end(node: Any) -> str:
    return _number(node.get("id")) if isinstance(node, dict) else ""


def _number(value: Any) -> str:
    return f"node/{value}" if isinstance(value, str | int) and str(value) else ""


def _node(where: str, node: Record, edges: Edges) -> Found:
    number = _number(node.get("id"))
    given = node.get("properties")
    properties = (
        {name: value for name, value in given.items() if not _is_vector(value)} if isinstance(given, dict) else {}
    )
    labels = [label for label in node.get("labels", ()) if word(label)] if isinstance(node.get("labels"), list) else []
    called = next((name for key in NAMES if (name := _said(properties.get(key)))), None)
    prose = [text for name in PROSE if (text := text_in(properties.pop(name, None)).strip())]
    if not number or not (called or prose):
        return LeftOut(where, "the node has neither a name nor a text")
    title = f"{called} ({', '.join(labels)})" if called and labels else called
    return Imported(
        "\n".join([*([title] if title else []), *prose]),
        where,
        instant_of(properties.get("created_at") or properties.get("createdAt")),
        instant_of(properties.get("updated_at") or properties.get("updatedAt")),
        tags=tuple(labels),
        metadata=properties,
        kind="entity",
        name=number,
        edges=edges.get(number, ()),
    )


def _properties(given: Any) -> dict[str, Any]:
    found = given.items() if isinstance(given, dict) else ()
    return {name: value for name, value in found if not _is_vector(value)}


def _said(value: Any) -> str | None:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else word(value)


def _is_vector(value: Any) -> bool:
    return (
        isinstance(value, list) and len(value) > LONGEST_VECTOR and all(isinstance(one, int | float) for one in value)
    )


FORMAT = Format("neo4j", "Neo4j's dump by apoc.export.json", recognises, read)
