"""mcp-memory-service: the JSON that its exporter writes, or its SQLite-vec database."""

from collections.abc import Iterator

from resource_server.memory.importers.decoding import decoded
from resource_server.memory.importers.edges import Edges, gathered
from resource_server.memory.importers.imported import Edge, Format, Found, Imported
from resource_server.memory.importers.instants import instant_of
from resource_server.memory.importers.json_records import Record, paths_in, records
from resource_server.memory.importers.material import LeftOut, Material, Part
from resource_server.memory.importers.sqlite_files import columns_of, databases, rows
from resource_server.memory.importers.turns import text_in, word

MARK = "memories.item.content_hash"


def recognises(material: Material) -> bool:
    """By `content_hash`."""
    return bool(_databases(material)) or any(MARK in paths_in(part) for part in material.named("*.json")[:20])


def read(material: Material) -> Iterator[Found]:
    """Each memory that is not deleted; its associations become edges."""
    for part in material.named("*.json"):
        if MARK in paths_in(part):
            for one in records(part, "memories.item"):
                yield one if isinstance(one, LeftOut) else _memory(*one, ())
    for part in _databases(material):
        edges = _edges(part)
        for one in rows(part, "memories"):
            yield one if isinstance(one, LeftOut) else _memory(*one, edges.get(text_in(one[1].get("content_hash")), ()))


def _databases(material: Material) -> list[Part]:
    return [part for part in databases(material) if "content_hash" in columns_of(part, "memories")]


def _edges(part: Part) -> Edges:
    """The table memory_graph: an edge a type of connection."""
    found = (one[1] for one in rows(part, "memory_graph", "created_at") if not isinstance(one, LeftOut))
    return gathered(
        (text_in(one.get("source_hash")), name, text_in(one.get("target_hash")))
        for one in found
        for name in _types(one)
    )


def _types(row: Record) -> list[str]:
    types = decoded(row.get("connection_types"))
    return [text_in(name) for name in types] if isinstance(types, list) and types else ["related"]


def _memory(where: str, memory: Record, edges: tuple[Edge, ...]) -> Found:
    if memory.get("deleted_at"):
        return LeftOut(where, "it was deleted there")
    tags = memory.get("tags")
    listed = tags.split(",") if isinstance(tags, str) else tags
    extra = decoded(memory.get("metadata"))
    kind = word(memory.get("memory_type"))
    return Imported(
        text_in(memory.get("content")),
        where,
        instant_of(memory.get("created_at")) or instant_of(memory.get("created_at_iso")),
        instant_of(memory.get("updated_at")),
        tags=tuple(one for one in listed if isinstance(one, str)) if isinstance(listed, list) else (),
        metadata={**(extra if isinstance(extra, dict) else {}), **({"memory_type": kind} if kind else {})},
        name=word(memory.get("content_hash")),
        edges=edges,
    )


FORMAT = Format("mcp-memory-service", "mcp-memory-service's JSON export or database", recognises, read)
