"""Merging: a statement made again is one memory, with everybody who made it.

Never across namespaces or keys. The most trusted statement speaks, the first among equals; a less trusted one adds its
name and nothing else: however often it is repeated, it raises neither trust nor importance.
"""

import json
from dataclasses import replace
from datetime import datetime

import numpy as np

from resource_server.memory import origins, statements, writing
from resource_server.memory.embeddings import unpacked
from resource_server.memory.graph.extracting import MOST, folded
from resource_server.memory.origins import statement_of
from resource_server.memory.records import Memory, NamedEntity
from resource_server.memory.sameness import Relation, normalised, relation
from resource_server.memory.vault import Connection
from resource_server.memory.vault_access import Embedded
from resource_server.memory.writing import EventKind

NEAR = 0.95
"""Cosine from which two texts that differ in light words alone mean the same."""

MOST_TAGS = 50
MOST_METADATA = 16 * 1024
VECTOR = """
    SELECT vector FROM memory_vectors JOIN memory_index USING (row) JOIN embedders ON number = embedder
    WHERE row = (SELECT row FROM memories WHERE id = ?) AND name = ?
"""


def same_as(connection: Connection, new: Memory, embedded: Embedded, at: datetime) -> Memory | None:
    """The live memory that says what `new` says, under the same key if any."""
    for one in statements.alike(connection, new):
        is_live = one.quarantined_at is None and (one.expires_at is None or one.expires_at > at)
        if is_live and (one.key, one.kind) == (new.key, new.kind) and _is_same(connection, one, new, embedded):
            return one
    return None


def merge(connection: Connection, current: Memory, new: Memory, embedded: Embedded) -> Memory:
    """The memory after `new` was said as well. What changes nothing is counted, and leaves no event."""
    combined = current if new.trust < current.trust else _combined(current, new)
    takes_over = combined.author != current.author
    folded = statement_of(current if takes_over else new)
    adds = not _is_repeated(current, new) and origins.has_room_for(connection, current.id, folded)
    if combined == current and not adds:
        statements.restated(connection, current.id)
        return current
    if combined == current:
        event = writing.mark(connection, current, EventKind.MERGED, new.author)
    else:
        event = writing.change(connection, combined, embedded, EventKind.MERGED, new.author)
    if adds:
        origins.add(connection, current.id, folded, event)
    return combined


def _is_repeated(current: Memory, new: Memory) -> bool:
    """The same app says the same of the same source."""
    said = (current.author.hand, current.source, normalised(current.text))
    return said == (new.author.hand, new.source, normalised(new.text))


def _is_same(connection: Connection, one: Memory, new: Memory, embedded: Embedded) -> bool:
    match relation(one.text, new.text):
        case Relation.SAME:
            return True
        case Relation.NEARLY:
            return embedded is not None and _cosine(connection, one.id, embedded) >= NEAR
        case _:
            return False


def _cosine(connection: Connection, memory_id: str, embedded: tuple[str, np.ndarray]) -> float:
    found = connection.execute(VECTOR, (memory_id, embedded[0])).fetchone()
    return float((unpacked(found) @ embedded[1])[0]) if found else 0.0


def _combined(current: Memory, new: Memory) -> Memory:
    tags = tuple(dict.fromkeys((*current.tags, *new.tags)))[:MOST_TAGS]
    metadata = {**new.metadata, **current.metadata}
    fits = len(json.dumps(metadata, ensure_ascii=False).encode()) <= MOST_METADATA
    lasting = current.expires_at and new.expires_at and max(current.expires_at, new.expires_at)
    combined = replace(
        current,
        tags=tags,
        metadata=metadata if fits else current.metadata,
        importance=max(current.importance, new.importance),
        expires_at=lasting,
        superseded_by=None,
        entities=_named_by_either(current, new),
    )
    if new.trust > current.trust:
        said = {name: getattr(new, name) for name in ("text", "source", "trust", "author")}
        combined = replace(combined, **said)
    return combined if combined == current else replace(combined, updated_at=new.updated_at)


def _named_by_either(current: Memory, new: Memory) -> tuple[NamedEntity, ...]:
    """Each name once, as it was given first."""
    named = {folded(one.name): one for one in (*reversed(new.entities), *reversed(current.entities))}
    return tuple(reversed(named.values()))[:MOST]
