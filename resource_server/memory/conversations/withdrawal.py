"""What a deleted page said goes with it: a trait that was read from nowhere else follows it into the trash."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from resource_server.memory import writing
from resource_server.memory.conversations.pages import PAGE
from resource_server.memory.conversations.traits import SOURCES, TRAIT, sources_of
from resource_server.memory.past import now_or_then
from resource_server.memory.records import Author, Memory
from resource_server.memory.rows import COLUMNS, LIVE, from_row, microseconds, seen
from resource_server.memory.vault import Connection
from shared.authorization_details import NamespaceSet
from shared.clock import now

EVERYWHERE = NamespaceSet(everything=True)
READ_FROM = f"""
    SELECT {COLUMNS} FROM memories
    WHERE namespace = :namespace AND kind = '{TRAIT}' AND {LIVE}
        AND :id IN (SELECT value FROM json_each(memories.metadata, '$.{SOURCES}'))
"""  # noqa: S608 (constants)
LIVING = f"SELECT namespace, id FROM memories WHERE id IN (SELECT value FROM json_each(:ids)) AND {LIVE}"  # noqa: S608 (constants)


def withdraw(connection: Connection, gone: Memory, by: Author) -> None:
    """Within the transaction that deletes `gone`; nothing happens where that is no page."""
    if gone.kind != PAGE:
        return
    asked = {"namespace": gone.namespace, "id": gone.id, "now": microseconds(now())}
    traits = [from_row(row) for row in connection.execute(READ_FROM, asked).fetchall()]
    for trait in told_with_living_sources(connection, traits):
        if not sources_of(trait):
            whole = next(one for one in traits if one.id == trait.id)
            deleted = replace(whole, deleted_at=gone.deleted_at)
            writing.change(connection, deleted, None, writing.EventKind.DELETED, by)


def told_with_living_sources(
    connection: Connection, traits: Sequence[Memory], as_of: datetime | None = None
) -> list[Memory]:
    """The traits, each naming only those pages of its own namespace that can still be read, or could be then."""
    named = [page for trait in traits for page in sources_of(trait)]
    asked: dict[str, Any] = {**seen(EVERYWHERE, now()), "ids": json.dumps(named)}
    living = set(connection.execute(*now_or_then(LIVING, asked, as_of)).fetchall())
    return [_naming(trait, living) for trait in traits]


def _naming(trait: Memory, living: set[tuple[str, str]]) -> Memory:
    sources = [page for page in sources_of(trait) if (trait.namespace, page) in living]
    return replace(trait, metadata={**trait.metadata, SOURCES: list(sources)}) if sources_of(trait) else trait
