"""What a person's memory is about over time: which names come up, and which apps wrote."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from resource_server.memory.records import Filters
from resource_server.memory.rows import EPOCH, LIVE, SEEN, WANTED, filtered, instant
from resource_server.memory.vault import Connection
from shared.clock import now

FITTING = f"SELECT id, happened_at, client_name FROM memories WHERE {LIVE} AND {SEEN} AND {WANTED}"  # noqa: S608 (constants)
TOPICS = f"""
    SELECT min(entities.name), entities.type, count(*), min(happened_at), max(happened_at)
    FROM ({FITTING}) AS fitting JOIN mentions ON mentions.memory_id = fitting.id
    JOIN entities ON entities.id = mentions.entity_id
    WHERE :type IS NULL OR entities.type = :type
    GROUP BY entities.folded ORDER BY count(*) DESC, max(happened_at) DESC, entities.folded LIMIT :limit
"""  # noqa: S608 (constants)
APPS = f"""
    SELECT client_name, count(*) FROM ({FITTING}) GROUP BY client_name ORDER BY count(*) DESC, client_name LIMIT :limit
"""  # noqa: S608 (constants)
MONTHS = f"""
    SELECT strftime('%Y-%m', happened_at / 1000000, 'unixepoch') AS month, count(*) FROM ({FITTING})
    GROUP BY month ORDER BY month DESC LIMIT :limit
"""  # noqa: S608 (constants)


@dataclass(frozen=True)
class Topic:
    """A name, and how many memories mention it, the first and the last of them."""

    name: str
    type: str
    memories: int
    first: datetime
    last: datetime


@dataclass(frozen=True)
class Topics:
    """The names that come up most, how much each app wrote, and how much there is of each month, latest first."""

    topics: tuple[Topic, ...]
    by_app: dict[str, int]
    by_month: dict[str, int]


def topics(connection: Connection, filters: Filters, kind: str | None, limit: int) -> Topics:
    """What comes up in the memories that fit."""
    asked: dict[str, Any] = {**filtered(filters, now()), "type": kind, "limit": limit}
    found = connection.execute(TOPICS, asked).fetchall()
    return Topics(
        tuple(
            Topic(name, type_, count, instant(first) or EPOCH, instant(last) or EPOCH)
            for name, type_, count, first, last in found
        ),
        dict(connection.execute(APPS, asked).fetchall()),
        dict(connection.execute(MONTHS, asked).fetchall()),
    )
