"""Nodes of the graph as a question may see them: live memories and entities, in namespaces that may be read."""

import json
from typing import Any

from resource_server.memory.graph.extracting import folded
from resource_server.memory.graph.records import Entity, Node
from resource_server.memory.rows import COLUMNS, EPOCH, LIVE, SEEN, from_row, instant
from resource_server.memory.vault import Connection

# The constants interpolated below are conditions of this package; `{end}` is a column. What people say is always bound.
SEEN_MEMORY = f"EXISTS (SELECT 1 FROM memories WHERE memories.id = {{end}} AND {LIVE} AND {SEEN})"  # noqa: S608 (constants)
SEEN_ENTITY = f"EXISTS (SELECT 1 FROM entities WHERE entities.id = {{end}} AND {SEEN})"  # noqa: S608 (constants)
SEEN_END = f"({SEEN_MEMORY} OR {SEEN_ENTITY})"
MENTIONED = f"""EXISTS (
    SELECT 1 FROM mentions JOIN memories ON memories.id = mentions.memory_id
    WHERE mentions.entity_id = entities.id AND {LIVE} AND {SEEN}
)"""  # noqa: S608 (constants)
LINKED = f"""EXISTS (
    SELECT 1 FROM links WHERE links.source = entities.id AND undone_at IS NULL AND {SEEN}
        AND {SEEN_END.format(end="links.target")}
    UNION ALL
    SELECT 1 FROM links WHERE links.target = entities.id AND undone_at IS NULL AND {SEEN}
        AND {SEEN_END.format(end="links.source")}
)"""  # noqa: S608 (constants)
KNOWN = f"({SEEN} AND ({MENTIONED} OR {LINKED}))"
"""An entity exists for who may see something that names it or is linked to it."""

ENTITY = "id, namespace, name, type, created_at"
BY_ID = f"SELECT {ENTITY} FROM entities WHERE id = :id AND {KNOWN}"  # noqa: S608 (constants)
BY_NAME = f"SELECT {ENTITY} FROM entities WHERE folded = :folded AND {KNOWN} ORDER BY namespace LIMIT :limit"  # noqa: S608 (constants)
MEMORIES = f"""
    SELECT {COLUMNS} FROM memories WHERE id IN (SELECT value FROM json_each(:ids)) AND {LIVE} AND {SEEN}
"""  # noqa: S608 (constants)
ENTITIES = f"""
    SELECT {ENTITY} FROM entities WHERE id IN (SELECT value FROM json_each(:ids)) AND {SEEN}
"""  # noqa: S608 (constants)
BY_KEY = f"""
    SELECT {COLUMNS} FROM memories WHERE key = :key AND {LIVE} AND {SEEN} ORDER BY namespace LIMIT :limit
"""  # noqa: S608 (constants)
MOST_OF_A_NAME = 10


def nodes_called(connection: Connection, name: str, asked: dict[str, Any]) -> list[Node]:
    """What a caller means: the memory or entity with this id, else memories with this key, else entities so named.

    A key or a name may mean one node in each namespace. `asked` are the parameters of SEEN and LIVE.
    """
    if name.startswith("mem_"):
        return nodes_with(connection, [name], asked)
    if name.startswith("ent_"):
        found = connection.execute(BY_ID, {**asked, "id": name}).fetchall()
        return [entity_from(row) for row in found]
    by_key = connection.execute(BY_KEY, {**asked, "key": name, "limit": MOST_OF_A_NAME}).fetchall()
    return [from_row(row) for row in by_key] or list(entities_called(connection, name, asked))


def entities_called(connection: Connection, name: str, asked: dict[str, Any]) -> list[Entity]:
    """The entities of that name, one a namespace."""
    found = connection.execute(BY_NAME, {**asked, "folded": folded(name), "limit": MOST_OF_A_NAME})
    return [entity_from(row) for row in found.fetchall()]


def nodes_with(connection: Connection, ids: list[str], asked: dict[str, Any]) -> list[Node]:
    """The nodes with these ids, in that order, as far as they may be seen."""
    bound = {**asked, "ids": json.dumps(ids)}
    memories = (from_row(row) for row in connection.execute(MEMORIES, bound).fetchall())
    entities = (entity_from(row) for row in connection.execute(ENTITIES, bound).fetchall())
    nodes: list[Node] = [*memories, *entities]
    found = {node.id: node for node in nodes}
    return [found[one] for one in ids if one in found]


def entity_from(row: tuple[Any, ...]) -> Entity:
    """An entity from the columns of ENTITY."""
    entity_id, namespace, name, kind, created_at = row
    return Entity(entity_id, namespace, name, kind, instant(created_at) or EPOCH)
