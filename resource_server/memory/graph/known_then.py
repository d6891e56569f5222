"""The graph as it was known at an instant: what memories, mentions, entities and links were stands in for the tables.

A link that was replaced later shows as it stood; a memory is the state that its events left behind until then.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from resource_server.memory.graph.links import FIELDS
from resource_server.memory.past import STATES, kept
from resource_server.memory.rows import microseconds
from resource_server.memory.vault import Connection
from shared.clock import now

THEN = f"""
    WITH memories AS NOT MATERIALIZED ({STATES}),
    mentions AS NOT MATERIALIZED (
        SELECT rowid AS rowid, memory_id, entity_id FROM main.mentions WHERE since <= :now
        UNION ALL
        SELECT rowid AS rowid, memory_id, entity_id FROM mentions_before WHERE since <= :now AND until > :now
    ),
    entities AS NOT MATERIALIZED (SELECT * FROM main.entities WHERE created_at <= :now),
    links AS NOT MATERIALIZED (
        SELECT number, {", ".join(name for name in FIELDS if name != "retired_at")},
            CASE WHEN retired_at <= :now THEN retired_at END AS retired_at,
            CASE WHEN undone_at <= :now THEN undone_at END AS undone_at
        FROM main.links WHERE created_at <= :now
    )
"""  # noqa: S608 (constants)


@dataclass(frozen=True)
class KnownThen:
    """Answers as the connection would have answered at `at`; every question has the parameters of SEEN."""

    connection: Connection
    at: datetime

    def execute(self, statement: str, asked: dict[str, Any]) -> Any:
        """The rows of then."""
        return self.connection.execute(THEN + statement, {**asked, **kept(), "now": microseconds(min(self.at, now()))})


def known(connection: Connection, as_of: datetime | None) -> Connection:
    """The graph of the moment, or of an instant."""
    return connection if as_of is None else KnownThen(connection, as_of)
