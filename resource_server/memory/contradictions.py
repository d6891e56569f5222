"""Contradictions: the newer statement is preferred, the older stays visible and says what came after it.

By rules (`claims.py`, `sameness.py`). A statement from files or tools never comes before what the person or an app
said: there the new one is marked instead.
"""

from dataclasses import replace
from datetime import datetime

from resource_server.memory import statements, writing
from resource_server.memory.records import TRUST, Author, Memory, Source
from resource_server.memory.sameness import Relation, relation
from resource_server.memory.vault import Connection
from resource_server.memory.writing import EventKind


def settle(connection: Connection, memory: Memory, said_at: datetime, by: Author) -> tuple[Memory, tuple[Memory, ...]]:
    """The memory as it stands among those that contradict it, and those that it replaces."""
    rivals = _rivals(connection, memory, said_at)
    stronger = [rival for rival in rivals if _comes_before(rival, memory, said_at)]
    if stronger:
        marked = replace(memory, superseded_by=stronger[0].id)
        writing.mark(connection, marked, EventKind.SUPERSEDED, by)
        return marked, ()
    for rival in rivals:
        writing.mark(connection, replace(rival, superseded_by=memory.id), EventKind.SUPERSEDED, by)
    return memory, tuple(rivals)


def said_at(memory: Memory) -> datetime:
    """When it was said that way: when it happened, or, where nobody gave a date, when it was last written."""
    return memory.updated_at if memory.happened_at == memory.created_at else memory.happened_at


def _rivals(connection: Connection, memory: Memory, at: datetime) -> list[Memory]:
    opposite = [
        one for one in statements.alike(connection, memory) if relation(one.text, memory.text) == Relation.OPPOSITE
    ]
    found = {one.id: one for one in (*statements.disagreeing(connection, memory), *opposite)}
    return [
        one
        for one in found.values()
        if one.quarantined_at is None and one.superseded_by is None and (one.expires_at is None or one.expires_at > at)
    ]


def _comes_before(rival: Memory, memory: Memory, at: datetime) -> bool:
    return said_at(rival) > at or memory.trust < min(rival.trust, TRUST[Source.WRITTEN])
