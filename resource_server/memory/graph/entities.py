"""Which entities a memory mentions: found in its text at each write, and named by who wrote it."""

import json

from resource_server.memory.graph.extracting import LONGEST_NAME, MOST, entities_in, folded
from resource_server.memory.graph.names import COMMON, WORD
from resource_server.memory.graph.nodes import MENTIONED
from resource_server.memory.records import Memory, NamedEntity
from resource_server.memory.rows import microseconds, seen
from resource_server.memory.vault import Connection
from shared.authorization_details import NamespaceSet
from shared.clock import now
from shared.ids import new_id

WORDS_LOOKED_UP = 200
FIND = "SELECT id, type FROM entities WHERE namespace = ? AND folded = ?"
RENAME = """
    UPDATE entities SET name = :name, type = :type WHERE id = :id AND NOT EXISTS (
        SELECT 1 FROM mentions JOIN memories ON memories.id = memory_id WHERE entity_id = :id AND deleted_at IS NULL
        UNION ALL SELECT 1 FROM links WHERE undone_at IS NULL AND source = :id
        UNION ALL SELECT 1 FROM links WHERE undone_at IS NULL AND target = :id
    )
"""
CREATE = "INSERT INTO entities (id, namespace, name, folded, type, created_at) VALUES (?, ?, ?, ?, ?, ?)"
MENTION = """
    INSERT INTO mentions (memory_id, entity_id, given, since) VALUES (?, ?, ?, ?)
    ON CONFLICT (memory_id, entity_id) DO UPDATE SET given = excluded.given
"""
MENTIONED_BEFORE = """
    INSERT OR REPLACE INTO mentions_before
    SELECT memory_id, entity_id, since, :until FROM mentions WHERE memory_id = :id AND entity_id = :entity
"""
BEFORE = "SELECT entity_id, given FROM mentions WHERE memory_id = ?"
# Names that other memories made known are recognised without capitals, and where a sentence begins with them.
KNOWN_WORDS = f"""
    SELECT id FROM entities WHERE namespace = :namespace AND folded IN (SELECT value FROM json_each(:words))
    AND type NOT IN ('tag', 'date') AND {MENTIONED} LIMIT :limit
"""  # noqa: S608 (constants)


def note_entities(connection: Connection, memory: Memory) -> None:
    """Mentions follow the memory, what its text names and what its writer did, inside the transaction that writes it.

    What lies in the trash keeps its mentions for its return; what waits in quarantine names nobody yet.
    """
    if memory.deleted_at is not None or memory.quarantined_at is not None:
        return
    before = dict(connection.execute(BEFORE, (memory.id,)).fetchall())
    after = _mentioned(connection, memory)
    for entity_id in sorted(one for one, given in after.items() if before.get(one) != given):
        connection.execute(MENTION, (memory.id, entity_id, after[entity_id], microseconds(now())))
    _end(connection, memory.id, before.keys() - after.keys())


def _mentioned(connection: Connection, memory: Memory) -> dict[str, int]:
    """The ids of entities, and whether the writer named them, who comes first: they know what a name stands for."""
    given = {entity_id_of(connection, memory.namespace, one): 1 for one in memory.entities}
    keys = {folded(one.name) for one in memory.entities}
    others = (named for named in entities_in(memory.text) if folded(named.name) not in keys)
    found = {entity_id_of(connection, memory.namespace, named): 0 for named in others}
    found |= dict.fromkeys(_known_words(connection, memory, MOST - len(found)), 0)
    return found | given


def entity_id_of(connection: Connection, namespace: str, named: NamedEntity) -> str:
    """The entity of that name in a namespace, made where it is new.

    The first to name it says what it is, among those whose memories and links were not thrown away or undone.
    """
    key, name = folded(named.name), " ".join(named.name.split())[:LONGEST_NAME]
    known = connection.execute(FIND, (namespace, key)).fetchone()
    if known is not None:
        if known[1] != named.type:
            connection.execute(RENAME, {"id": known[0], "name": name, "type": named.type})
        return str(known[0])
    entity_id = new_id("ent")
    connection.execute(CREATE, (entity_id, namespace, name, key, named.type, microseconds(now())))
    return entity_id


def _end(connection: Connection, memory_id: str, entity_ids: set[str]) -> None:
    """It mentions these no more; that it did stays known."""
    for entity_id in entity_ids:
        connection.execute(MENTIONED_BEFORE, {"id": memory_id, "entity": entity_id, "until": microseconds(now())})
        connection.execute("DELETE FROM mentions WHERE memory_id = ? AND entity_id = ?", (memory_id, entity_id))


def _known_words(connection: Connection, memory: Memory, limit: int) -> list[str]:
    words = dict.fromkeys(WORD.findall(memory.text.casefold())).keys() - COMMON
    asked = {
        **seen(NamespaceSet.of(memory.namespace), now()),
        "namespace": memory.namespace,
        "words": json.dumps(sorted(words)[:WORDS_LOOKED_UP], ensure_ascii=False),
        "limit": max(limit, 0),
    }
    return [entity_id for (entity_id,) in connection.execute(KNOWN_WORDS, asked).fetchall()]
