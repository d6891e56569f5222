"""Which entities a memory mentions: found in its text at each write, or given by who writes it."""

import json
from collections.abc import Iterable

from resource_server.memory.graph.extracting import LONGEST_NAME, MOST, entities_in, folded
from resource_server.memory.graph.forgetting import drop_orphans
from resource_server.memory.graph.names import COMMON, WORD
from resource_server.memory.graph.nodes import MENTIONED
from resource_server.memory.graph.records import NamedEntity
from resource_server.memory.records import Memory
from resource_server.memory.rows import microseconds, seen
from resource_server.memory.vault import Connection
from shared.authorization_details import NamespaceSet
from shared.clock import now
from shared.ids import new_id

WORDS_LOOKED_UP = 200
FIND = "SELECT id FROM entities WHERE namespace = ? AND folded = ?"
CREATE = "INSERT INTO entities (id, namespace, name, folded, type, created_at) VALUES (?, ?, ?, ?, ?, ?)"
MENTION = """
    INSERT INTO mentions (memory_id, entity_id, given) VALUES (?, ?, ?)
    ON CONFLICT (memory_id, entity_id) DO UPDATE SET given = max(given, excluded.given)
"""
FOUND_BEFORE = "SELECT entity_id FROM mentions WHERE memory_id = ? AND NOT given"
# Names that other memories made known are recognised without capitals, and where a sentence begins with them.
KNOWN_WORDS = f"""
    SELECT id FROM entities WHERE namespace = :namespace AND folded IN (SELECT value FROM json_each(:words))
    AND type NOT IN ('tag', 'date') AND {MENTIONED} LIMIT :limit
"""  # noqa: S608 (constants)


def note_entities(connection: Connection, memory: Memory) -> None:
    """Mentions follow the text, inside the transaction that writes it.

    What lies in the trash keeps its mentions for its return; what waits in quarantine names nobody yet.
    """
    if memory.deleted_at is not None or memory.quarantined_at is not None:
        return
    before = {entity_id for (entity_id,) in connection.execute(FOUND_BEFORE, (memory.id,)).fetchall()}
    after = {entity_id_of(connection, memory.namespace, named) for named in entities_in(memory.text)}
    after |= set(_known_words(connection, memory, MOST - len(after)))
    for entity_id in sorted(after - before):
        connection.execute(MENTION, (memory.id, entity_id, 0))
    _forget(connection, memory.id, before - after)


def mention(connection: Connection, memory: Memory, given: Iterable[NamedEntity]) -> None:
    """What the writer says the memory is about; stays when its text changes."""
    named = [one for one in given if folded(one.name)][:MOST]
    for entity_id in [entity_id_of(connection, memory.namespace, one) for one in named]:
        connection.execute(MENTION, (memory.id, entity_id, 1))


def entity_id_of(connection: Connection, namespace: str, named: NamedEntity) -> str:
    """The entity of that name in a namespace, made where it is new. The first to name it says what it is."""
    key = folded(named.name)
    known = connection.execute(FIND, (namespace, key)).fetchone()
    if known is not None:
        return str(known[0])
    entity_id = new_id("ent")
    name = " ".join(named.name.split())[:LONGEST_NAME]
    connection.execute(CREATE, (entity_id, namespace, name, key, named.type, microseconds(now())))
    return entity_id


def _forget(connection: Connection, memory_id: str, entity_ids: set[str]) -> None:
    if not entity_ids:
        return
    for entity_id in entity_ids:
        connection.execute("DELETE FROM mentions WHERE memory_id = ? AND entity_id = ?", (memory_id, entity_id))
    drop_orphans(connection, entity_ids)


def _known_words(connection: Connection, memory: Memory, limit: int) -> list[str]:
    words = dict.fromkeys(WORD.findall(memory.text.casefold())).keys() - COMMON
    asked = {
        **seen(NamespaceSet.of(memory.namespace), now()),
        "namespace": memory.namespace,
        "words": json.dumps(sorted(words)[:WORDS_LOOKED_UP], ensure_ascii=False),
        "limit": max(limit, 0),
    }
    return [entity_id for (entity_id,) in connection.execute(KNOWN_WORDS, asked).fetchall()]
