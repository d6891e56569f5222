"""Which readings bind memories together: what one answer brought, and what one session used within some minutes."""

import json
from collections.abc import Iterable
from datetime import timedelta

from resource_server.memory.graph.co_use import MOST_AT_ONCE, strengthen
from resource_server.memory.ledger import Action, Entry
from resource_server.memory.rows import microseconds
from resource_server.memory.vault import Connection

WINDOW = timedelta(seconds=300)
USING = frozenset({"memory_search", "memory_recall", "memory_related", "fetch", "retrieve_memory"})
"""Tools that are asked for particular memories; who leafs through lists uses none."""

LOOKED_AT = 20
EARLIER = f"""
    SELECT memory_ids, tool FROM (
        SELECT * FROM ledger WHERE client_id = :client_id AND at < :at ORDER BY number DESC LIMIT {LOOKED_AT}
    ) WHERE at >= :since AND session_id = :session_id AND grant_id = :grant_id AND action = 'read'
"""  # noqa: S608 (constants)


COUNT = """
    INSERT INTO memory_use (row, uses, used_at)
    SELECT row, 1, :at FROM memories WHERE id IN (SELECT value FROM json_each(:ids)) AND deleted_at IS NULL
    ON CONFLICT (row) DO UPDATE SET uses = uses + 1, used_at = excluded.used_at
"""


def note_uses(connection: Connection, entries: Iterable[Entry]) -> None:
    """Counts and binds what these entries, in the ledger already, used. An app without sessions has one a grant."""
    for entry in entries:
        if entry.action == Action.READ and entry.author.tool in USING and entry.memory_ids:
            _count(connection, entry)
            strengthen(connection, entry.memory_ids, _earlier(connection, entry), entry.at)


def _count(connection: Connection, entry: Entry) -> None:
    """The first memories of an answer count as used; further down nobody may have looked."""
    used = {"ids": json.dumps(entry.memory_ids[:MOST_AT_ONCE]), "at": microseconds(entry.at)}
    connection.execute(COUNT, used)


def _earlier(connection: Connection, entry: Entry) -> list[str]:
    asked = {
        "client_id": entry.author.client_id,
        "grant_id": entry.author.grant_id,
        "session_id": entry.author.session_id,
        "at": microseconds(entry.at),
        "since": microseconds(entry.at - WINDOW),
    }
    found = connection.execute(EARLIER, asked).fetchall()
    return [memory_id for memory_ids, tool in found if tool in USING for memory_id in json.loads(memory_ids)]
