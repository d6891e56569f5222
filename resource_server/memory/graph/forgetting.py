"""What leaves the graph for good: the mentions and edges of a memory, and entities that nothing holds any more."""

import json
from collections.abc import Iterable

from resource_server.memory.vault import Connection

AROUND = """
    SELECT entity_id FROM mentions WHERE memory_id = :id
    UNION SELECT entity_id FROM mentions_before WHERE memory_id = :id
    UNION SELECT source FROM links WHERE target = :id UNION SELECT target FROM links WHERE source = :id
"""
FORGET = (
    "DELETE FROM mentions WHERE memory_id = :id",
    "DELETE FROM mentions_before WHERE memory_id = :id",
    "DELETE FROM links WHERE source = :id OR target = :id",
    "DELETE FROM used_together WHERE first = :id OR second = :id",
)
ORPHANS = """
    DELETE FROM entities WHERE id IN (SELECT value FROM json_each(?))
    AND NOT EXISTS (SELECT 1 FROM mentions WHERE entity_id = entities.id)
    AND NOT EXISTS (SELECT 1 FROM mentions_before WHERE entity_id = entities.id)
    AND NOT EXISTS (SELECT 1 FROM links WHERE source = entities.id)
    AND NOT EXISTS (SELECT 1 FROM links WHERE target = entities.id)
"""


def forget_in_graph(connection: Connection, memory_id: str) -> None:
    """A memory that leaves for good takes its edges along, past ones too, and what it alone named."""
    around = [node for (node,) in connection.execute(AROUND, {"id": memory_id}).fetchall()]
    for statement in FORGET:
        connection.execute(statement, {"id": memory_id})
    drop_orphans(connection, around)


def drop_orphans(connection: Connection, entity_ids: Iterable[str]) -> None:
    """Entities that no memory mentions or mentioned and no edge reaches are gone."""
    connection.execute(ORPHANS, (json.dumps(sorted(entity_ids)),))
