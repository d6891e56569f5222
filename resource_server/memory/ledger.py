"""The ledger of one vault: what apps read, wrote and called, with the question, for the person whose memory it is.

A write's entry is part of the transaction that writes (`VaultAccess.written`); readings are brought by
`resource_server.memory.readings`.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from resource_server.memory.records import Author, Signed
from resource_server.memory.rows import instant, microseconds, seen
from resource_server.memory.vault import Connection
from shared.authorization_details import NamespaceSet
from shared.clock import now

MAX_IDS = 100
"""So many ids of memories an entry names; a larger answer is told by its first ones."""

LOOKED_AT = 100
COLUMNS = (
    "number", "at", "action", "tool", "question", "namespaces", "memory_ids", "client_id", "client_name", "grant_id",
    "session_id", "person",
)  # fmt: skip
APPEND = (
    f"INSERT INTO ledger ({', '.join(COLUMNS[1:])}) "  # noqa: S608 (constants)
    f"VALUES ({', '.join(f':{name}' for name in COLUMNS[1:])})"
)
TOO_MANY = "DELETE FROM ledger WHERE number <= (SELECT max(number) FROM ledger) - ?"
TOO_OLD = f"""
    DELETE FROM ledger WHERE number IN (
        SELECT number FROM (SELECT number, at FROM ledger ORDER BY number LIMIT {LOOKED_AT}) WHERE at < ?
    )
"""  # noqa: S608 (constants)
CHANGED = "SELECT DISTINCT memory_id, namespace FROM events WHERE sequence > ? ORDER BY sequence"
WANTED = """
    (:app IS NULL OR client_id = :app OR client_name = :app COLLATE NOCASE)
    AND (:action IS NULL OR action = :action)
    AND (:since IS NULL OR at >= :since) AND (:until IS NULL OR at < :until)
    AND (:everything OR (client_id = :own AND NOT EXISTS (
        SELECT 1 FROM json_each(ledger.namespaces) WHERE value NOT IN (SELECT value FROM json_each(:names))
    )))
"""
COUNT = f"SELECT count(*) FROM ledger WHERE {WANTED}"  # noqa: S608 (constants)
PAGE = f"""
    SELECT {", ".join(COLUMNS)} FROM ledger WHERE {WANTED} ORDER BY number DESC LIMIT :limit OFFSET :offset
"""  # noqa: S608 (constants)


class Action(StrEnum):
    """What an app did."""

    READ = "read"
    WRITE = "write"
    CALL = "call"
    """A tool of another server, behind the gateway."""


@dataclass(frozen=True)
class Entry:
    """One thing an app did; `author` says which app, by which tool, in which session."""

    at: datetime
    action: Action
    question: str = field(repr=False)
    namespaces: tuple[str, ...]
    memory_ids: tuple[str, ...]
    author: Author
    number: int = 0


@dataclass(frozen=True)
class Retention:
    """How long entries stay, and how many at most."""

    days: int = 365
    rows: int = 100_000


KEPT = Retention()


@dataclass(frozen=True)
class WantedEntries:
    """Which entries: of an app (its id or its name), of an action, between two instants.

    `seen_by` is the app that asks and `namespaces` what it may read: unless that is everything, it sees what it did
    itself, where all that the entry touches may be read still.
    """

    namespaces: NamespaceSet
    seen_by: str = ""
    app: str | None = None
    action: Action | None = None
    since: datetime | None = None
    until: datetime | None = None


def last_event(connection: Connection) -> int:
    """Where events stand before a write, for `append_write`."""
    return int(connection.execute("SELECT coalesce(max(sequence), 0) FROM events").fetchone()[0])


def append_write(connection: Connection, signed: Signed, before: int, retention: Retention) -> tuple[str, ...]:
    """The entry of what was written since event `before`; gives the namespaces in which memories changed.

    Bookkeeping of a tool that only reads is no write as long as no memory changed.
    """
    changed = connection.execute(CHANGED, (before,)).fetchall()
    if signed.asked.only_reads and not changed:
        return ()
    ids = tuple(dict.fromkeys(memory_id for memory_id, _ in changed))[:MAX_IDS]
    namespaces = tuple(sorted({namespace for _, namespace in changed}))
    entry = Entry(now(), Action.WRITE, signed.asked.question, namespaces or signed.asked.namespaces, ids, signed.author)
    append(connection, [entry], retention)
    return namespaces


def append(connection: Connection, entries: Iterable[Entry], retention: Retention) -> None:
    """Adds entries, and lets go of what is too old or too much."""
    connection.executemany(APPEND, [_to_row(entry) for entry in entries])
    connection.execute(TOO_MANY, (retention.rows,))
    connection.execute(TOO_OLD, (microseconds(now() - timedelta(days=retention.days)),))


def entries(
    connection: Connection, wanted: WantedEntries, left: int | None, limit: int
) -> tuple[tuple[Entry, ...], int]:
    """The newest first, of the `left` oldest or of all; and how many older ones are left.

    They are counted from the oldest on: what came meanwhile moves no page, and a count of what may be seen tells
    nothing of the rest.
    """
    asked = {
        **seen(wanted.namespaces, now()),
        "own": wanted.seen_by,
        "app": wanted.app,
        "action": wanted.action,
        "since": microseconds(wanted.since),
        "until": microseconds(wanted.until),
    }
    total = int(connection.execute(COUNT, asked).fetchone()[0])
    left = total if left is None else min(left, total)
    taken = min(limit, left)
    found = connection.execute(PAGE, {**asked, "limit": taken, "offset": total - left})
    return tuple(_from_row(row) for row in found), left - taken


def as_plain(entry: Entry) -> dict[str, object]:
    """Plain JSON values, for scripts and for a person's download."""
    author = entry.author
    return {
        "at": entry.at.isoformat(),
        "action": entry.action.value,
        "tool": author.tool,
        "app": author.client_name,
        "client_id": author.client_id,
        "grant_id": author.grant_id,
        "session_id": author.session_id,
        "question": entry.question,
        "namespaces": list(entry.namespaces),
        "memory_ids": list(entry.memory_ids),
    }


def _to_row(entry: Entry) -> dict[str, Any]:
    return {
        "at": microseconds(entry.at),
        "action": entry.action.value,
        "question": entry.question,
        "namespaces": json.dumps(entry.namespaces),
        "memory_ids": json.dumps(entry.memory_ids),
        **vars(entry.author),
    }


def _from_row(row: Sequence[Any]) -> Entry:
    values = dict(zip(COLUMNS, row, strict=True))
    names = ("client_id", "grant_id", "tool", "client_name", "session_id", "person")
    at = instant(values["at"])
    assert at is not None  # noqa: S101 (the column is NOT NULL)
    return Entry(
        at,
        Action(values["action"]),
        values["question"],
        tuple(json.loads(values["namespaces"])),
        tuple(json.loads(values["memory_ids"])),
        Author(**{name: values[name] for name in names}),
        values["number"],
    )
