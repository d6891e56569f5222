"""A person's memories as they were: the states that events left behind stand in for the table of memories.

A memory shows what it was where both its namespace of then and its namespace of now may be read, and never while it
waits in quarantine. What has left the trash for good has left the past too.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from resource_server.memory.purging import TRASH_KEPT
from resource_server.memory.records import NOTE, TRUST, Source
from resource_server.memory.rows import FIELDS, SEEN, microseconds
from shared.clock import now

DEFAULTS = {
    "session_id": "''",
    "person": "''",
    "entities": "'[]'",
    "happened_at": "json_extract(state, '$.created_at')",
    "kind": f"'{NOTE}'",
    "source": f"'{Source.WRITTEN}'",
    "trust": str(TRUST[Source.WRITTEN]),
}
"""What states of earlier schemas lack."""

KEPT = """quarantined_at IS NULL
    AND (deleted_at IS NULL OR deleted_at >= :kept) AND (expires_at IS NULL OR expires_at >= :kept)"""


def _column(name: str) -> str:
    value = f"json_extract(state, '$.{name}')"
    return f"coalesce({value}, {DEFAULTS[name]}) AS {name}" if name in DEFAULTS else f"{value} AS {name}"


STATES = f"""
    SELECT present.row AS row, present.id AS id, {", ".join(_column(name) for name in FIELDS if name != "id")}
    FROM (SELECT row, id FROM main.memories WHERE {SEEN} AND {KEPT}) AS present
    JOIN events ON sequence = (SELECT max(sequence) FROM events WHERE memory_id = present.id AND at <= :now)
"""  # noqa: S608 (constants)
PAST = f"WITH memories AS ({STATES})\n"


def now_or_then(statement: str, asked: Mapping[str, Any], as_of: datetime | None) -> tuple[str, dict[str, Any]]:
    """A statement that reads memories, as they are or, where an instant is given, as they were."""
    return (statement, dict(asked)) if as_of is None else in_the_past(statement, asked, as_of)


def in_the_past(statement: str, asked: Mapping[str, Any], as_of: datetime) -> tuple[str, dict[str, Any]]:
    """A statement that reads memories, with its parameters (those of SEEN among them), as it would have read then."""
    at = min(as_of, now())
    return PAST + statement, {**asked, "now": microseconds(at), **kept()}


def kept() -> dict[str, Any]:
    """The parameter of KEPT."""
    return {"kept": microseconds(now() - TRASH_KEPT)}
