"""The reference memory server of the Model Context Protocol: memory.jsonl with entities and relations."""

from collections.abc import Iterator

from pydantic import JsonValue

from resource_server.memory.importers.edges import Edges, gathered
from resource_server.memory.importers.imported import Edge, Format, Found, Imported
from resource_server.memory.importers.json_records import Record, first_line, lines
from resource_server.memory.importers.material import LeftOut, Material, Part
from resource_server.memory.importers.turns import text_in, word


def recognises(material: Material) -> bool:
    """By an entity or a relation on the first line."""
    return any(_is_graph(part) for part in _candidates(material))


def read(material: Material) -> Iterator[Found]:
    """Each observation, with the name of what it is about; each relation as an edge of its entity."""
    for part in filter(_is_graph, _candidates(material)):
        edges = _edges(part)
        for one in lines(part):
            if isinstance(one, LeftOut):
                yield one
            elif one[1].get("type") == "entity":
                yield from _entity(*one, edges)
            elif one[1].get("type") != "relation":
                yield LeftOut(one[0], "it is neither an entity nor a relation")


def _candidates(material: Material) -> list[Part]:
    return material.named("*.jsonl", "*.json")[:20]


def _is_graph(part: Part) -> bool:
    first = first_line(part)
    return "entityType" in first or "relationType" in first


def _edges(part: Part) -> Edges:
    relations = (one[1] for one in lines(part) if not isinstance(one, LeftOut) and one[1].get("type") == "relation")
    return gathered(
        (text_in(one.get("from")), text_in(one.get("relationType")), text_in(one.get("to"))) for one in relations
    )


def _entity(where: str, entity: Record, edges: Edges) -> Iterator[Found]:
    name, of_type = word(entity.get("name")), word(entity.get("entityType"))
    if name is None:
        yield LeftOut(where, "the entity has no name")
        return
    observed = entity.get("observations")
    about: dict[str, JsonValue] = {"entity": name, "entity_type": of_type}
    tags = (of_type,) if of_type else ()
    # The edges hang on one memory that stands for the entity, and observations say what they are about.
    yield Imported(
        f"{name} ({of_type})" if of_type else name,
        where,
        tags=tags,
        metadata=about,
        kind="entity",
        name=name,
        edges=edges.get(name, ()),
    )
    for text in observed if isinstance(observed, list) else ():
        if word(text):
            edge = Edge("about", name)
            yield Imported(f"{name}: {text}", where, tags=tags, metadata=about, kind="fact", edges=(edge,))


FORMAT = Format("mcp-memory", "the reference memory server's memory.jsonl", recognises, read)
