"""mem0: the JSON of get_all, `{"results": […]}` or the list alone; relations of its graph where they are beside it."""

from collections.abc import Iterator

from resource_server.memory.importers.imported import Format, Found, Imported
from resource_server.memory.importers.instants import instant_of
from resource_server.memory.importers.json_records import Record, paths_in, records
from resource_server.memory.importers.material import LeftOut, Material, Part
from resource_server.memory.importers.turns import text_in, word

LISTS = ("results.item", "item", "memories.item")
KEPT = ("agent_id", "run_id", "actor_id", "role", "attributed_to", "expiration_date", "app_id")


def recognises(material: Material) -> bool:
    """By `memory` in each record."""
    return any(_list_in(part) for part in material.named("*.json")[:20])


def read(material: Material) -> Iterator[Found]:
    """Each memory; each relation as a sentence, for its ends are no memories."""
    for part in material.named("*.json"):
        if prefix := _list_in(part):
            for one in records(part, prefix):
                yield one if isinstance(one, LeftOut) else _memory(*one)
            for one in records(part, "relations.item") if prefix == "results.item" else ():
                yield one if isinstance(one, LeftOut) else _relation(*one)


def _list_in(part: Part) -> str:
    paths = paths_in(part)
    return next((prefix for prefix in LISTS if f"{prefix}.memory" in paths), "")


def _memory(where: str, memory: Record) -> Found:
    extra = memory.get("metadata")
    categories = memory.get("categories")
    return Imported(
        text_in(memory.get("memory")),
        where,
        instant_of(memory.get("created_at")),
        instant_of(memory.get("updated_at")),
        tags=tuple(one for one in categories if isinstance(one, str)) if isinstance(categories, list) else (),
        metadata={**(extra if isinstance(extra, dict) else {}), **{name: memory.get(name) for name in KEPT}},
        kind="fact",
        owner=word(memory.get("user_id")),
    )


def _relation(where: str, relation: Record) -> Found:
    ends = [text_in(relation.get(name)) for name in ("source", "target" if "target" in relation else "destination")]
    verb = text_in(relation.get("relationship") or relation.get("relation"))
    if not (all(ends) and verb):
        return LeftOut(where, "it is no relation")
    return Imported(f"{ends[0]} {verb.replace('_', ' ')} {ends[1]}", where, metadata={"relation": verb}, kind="fact")


FORMAT = Format("mem0", "mem0's get_all as JSON", recognises, read)
