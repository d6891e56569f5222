"""The audit log as a chain: each event's hash covers the event and the hash of the one before it."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

GENESIS = "0" * 64
"""What comes before the first event."""
COVERED = ("id", "at", "kind", "user_id", "by", "client_id", "grant_id", "facts")


@dataclass(frozen=True)
class Break:
    """Where the chain does not hold: the event of this number was changed, or what came before it is gone."""

    sequence: int


def link(previous: str, event: dict[str, Any]) -> str:
    """SHA-256, in hexadecimal, over `previous` and the covered members of `event` as canonical JSON."""
    members = {name: _plain(event.get(name)) for name in COVERED}
    text = json.dumps(members, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()


def first_break(events: Iterable[dict[str, Any]]) -> Break | None:
    """The first event, in order, that does not follow from the one before; None for a chain that is whole.

    Each event has the covered members, `sequence` and `hash`.
    """
    previous, expected = GENESIS, 1
    for event in events:
        if event["sequence"] != expected or event["hash"] != link(previous, event):
            return Break(expected)
        previous, expected = event["hash"], expected + 1
    return None


def follows(before: dict[str, Any], event: dict[str, Any]) -> bool:
    """Whether `event` is the very next after `before`, unchanged."""
    return bool(event["sequence"] == before["sequence"] + 1 and event["hash"] == link(before["hash"], event))


def chain_existing(connection: sa.Connection) -> None:
    """Gives every event that has none its hash, in order; for the migration that introduced the chain."""
    table = sa.Table("audit_events", sa.MetaData(), autoload_with=connection)
    previous = GENESIS
    for row in connection.execute(sa.select(table).order_by(table.c.sequence)).mappings().all():
        previous = link(previous, dict(row))
        connection.execute(sa.update(table).where(table.c.sequence == row["sequence"]).values(hash=previous))


def _plain(value: object) -> object:
    """Instants as UTC text, whichever way a database gives them back."""
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        return aware.astimezone(UTC).isoformat()
    return value
