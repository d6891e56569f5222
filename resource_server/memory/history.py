"""The history of a person's memories: of one memory, between two instants, and the trash."""

import json
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Any, Generic, TypeVar

from resource_server.memory.events import EVENT, THERE, Event, changed, from_event
from resource_server.memory.past import KEPT, in_the_past, kept
from resource_server.memory.records import Memory, UnknownCursorError
from resource_server.memory.rows import (
    AFTER_ALL,
    COLUMNS,
    EPOCH,
    LIVE,
    MEMORY_ID,
    SEEN,
    TRASHED,
    from_row,
    instant,
    microseconds,
    seen,
)
from resource_server.memory.vault import Connection
from resource_server.memory.vault_access import VaultAccess
from shared.authorization_details import NamespaceSet
from shared.clock import now

T = TypeVar("T")
NEWEST = 1 << 62

NAMED = f"""
    SELECT id, deleted_at IS NULL, updated_at FROM memories WHERE key = :key AND {SEEN} AND {KEPT}
    ORDER BY 2 DESC, 3 DESC LIMIT 1
"""  # noqa: S608 (constants)
OF_ONE = f"""
    SELECT {EVENT} FROM events WHERE memory_id = :id AND {SEEN} AND memory_id IN ({THERE})
    ORDER BY sequence DESC LIMIT :limit OFFSET :skipped
"""  # noqa: S608 (constants)
COUNT_OF_ONE = f"SELECT count(*) FROM events WHERE memory_id = :id AND {SEEN} AND memory_id IN ({THERE})"  # noqa: S608 (constants)
TOUCHED = f"""
    SELECT id FROM memories WHERE id < :before AND {SEEN} AND {KEPT} AND EXISTS (
        SELECT 1 FROM events WHERE memory_id = memories.id AND (
            (at > :since AND at <= :until)
            OR json_extract(state, '$.expires_at') > :since AND json_extract(state, '$.expires_at') <= :until
        )
    ) ORDER BY id DESC LIMIT :limit
"""  # noqa: S608 (constants)
AS_IT_WAS = f"SELECT {COLUMNS} FROM memories WHERE id IN (SELECT value FROM json_each(:ids)) AND {LIVE} AND {SEEN}"  # noqa: S608 (constants)
LAST = f"""
    SELECT {EVENT} FROM events WHERE {SEEN} AND sequence IN (
        SELECT max(sequence) FROM events WHERE memory_id IN (SELECT value FROM json_each(:ids)) AND at <= :until
        GROUP BY memory_id
    )
"""  # noqa: S608 (constants)
GONE = "coalesce(deleted_at, expires_at)"
TRASH = f"""
    SELECT {COLUMNS}, {GONE} FROM memories WHERE {TRASHED} AND {SEEN} AND {KEPT} AND ({GONE}, id) < (:gone, :before)
    ORDER BY {GONE} DESC, id DESC LIMIT :limit
"""  # noqa: S608 (constants)


@dataclass(frozen=True)
class Part(Generic[T]):
    """Part of a list; `next_cursor` continues it, None ends it."""

    items: tuple[T, ...]
    next_cursor: str | None


@dataclass(frozen=True)
class Step:
    """One event, and the names of what it changed; for the first event, none."""

    event: Event
    changed: tuple[str, ...]


@dataclass(frozen=True)
class Difference:
    """A memory at two instants, None where it was not there; `last` is the last write until the later one."""

    before: Memory | None
    after: Memory | None
    last: Event | None

    @property
    def memory_id(self) -> str:
        """Of the memory that it is about."""
        memory = self.after or self.before
        return memory.id if memory is not None else ""


@dataclass(frozen=True)
class Trashed:
    """A memory in the trash, since when, and the write that put it there; none where its time was simply over."""

    memory: Memory
    since: datetime
    last: Event | None

    @property
    def cursor(self) -> str:
        """Its place in the list: later ones sort higher."""
        return f"{microseconds(self.since)}-{self.memory.id}"


@dataclass(frozen=True)
class Holder:
    """The memory that a key means: a live one before one in the trash, then the one that changed last."""

    memory_id: str
    is_live: bool
    updated_at: datetime


@dataclass(frozen=True)
class MemoryHistory:
    """What happened in one person's vault; reads see what `namespaces` allow, and the rest does not exist."""

    vault: VaultAccess

    def named(self, key: str, namespaces: NamespaceSet) -> Holder | None:
        """The memory that holds a key now, or held it when it went to the trash."""
        found = self._rows(NAMED, {**_asked(namespaces), "key": key})
        return Holder(found[0][0], bool(found[0][1]), instant(found[0][2]) or EPOCH) if found else None

    def of(self, memory_id: str, namespaces: NamespaceSet, cursor: str | None, limit: int) -> Part[Step]:
        """What happened to one memory, newest first; nothing for one that does not exist. Raises UnknownCursorError.

        The cursor says how many of its events are left: their numbers would tell how much is written elsewhere.
        """
        asked = {**_asked(namespaces), "id": memory_id, "limit": limit + 1}
        most = _number(cursor)

        def work(connection: Connection) -> Part[Step]:
            count = int(connection.execute(COUNT_OF_ONE, asked).fetchone()[0])
            left = min(most, count)
            found = connection.execute(OF_ONE, {**asked, "skipped": count - left}).fetchall()
            events = [from_event(row) for row in found]
            pairs = zip_longest(events, events[1:])
            steps = tuple(Step(event, changed(older.memory if older else None, event.memory)) for event, older in pairs)
            return Part(steps[:limit], str(left - limit) if left > limit else None)

        return self.vault.read(work)

    def between(
        self, since: datetime, until: datetime, namespaces: NamespaceSet, cursor: str | None, limit: int
    ) -> Part[Difference]:
        """What is different at `until` from `since`, newest memories first; a part may hold fewer than `limit`.

        Raises UnknownCursorError.
        """
        asked = {
            **_asked(namespaces),
            "since": microseconds(since),
            "until": microseconds(min(until, now())),
            "before": _checked(cursor),
            "limit": limit + 1,
        }

        def work(connection: Connection) -> Part[Difference]:
            ids = [found for (found,) in connection.execute(TOUCHED, asked)]
            named = {**asked, "ids": json.dumps(ids[:limit])}
            differences = _differences(connection, named, ids[:limit], (since, until))
            return Part(differences, ids[limit - 1] if len(ids) > limit else None)

        return self.vault.read(work)

    def trash(self, namespaces: NamespaceSet, cursor: str | None, limit: int) -> Part[Trashed]:
        """What lies in the trash, last thrown away first. Raises UnknownCursorError."""
        gone, before = _place(cursor)
        asked = {**_asked(namespaces), "gone": gone, "before": before, "limit": limit + 1}

        def work(connection: Connection) -> Part[Trashed]:
            rows = connection.execute(TRASH, asked).fetchall()
            memories = [from_row(row) for row in rows[:limit]]
            last = _last(connection, {**asked, "until": asked["now"], "ids": json.dumps([one.id for one in memories])})
            found = tuple(_trashed(memory, row[-1], last) for memory, row in zip(memories, rows, strict=False))
            return Part(found, found[-1].cursor if len(rows) > limit else None)

        return self.vault.read(work)

    def _rows(self, statement: str, asked: dict[str, Any]) -> list[tuple[Any, ...]]:
        return self.vault.read(lambda connection: list(connection.execute(statement, asked)))


def _asked(namespaces: NamespaceSet) -> dict[str, Any]:
    return {**seen(namespaces, now()), **kept()}


def _number(cursor: str | None) -> int:
    if cursor is None:
        return NEWEST
    if not cursor.isascii() or not cursor.isdigit() or len(cursor) > len(str(NEWEST)) - 1:
        raise UnknownCursorError("not a cursor of this list")
    return int(cursor)


def _checked(cursor: str | None) -> str:
    if cursor is None:
        return AFTER_ALL
    if MEMORY_ID.fullmatch(cursor) is None:
        raise UnknownCursorError("not a cursor of this list")
    return cursor


def _place(cursor: str | None) -> tuple[int, str]:
    if cursor is None:
        return NEWEST, AFTER_ALL
    gone, _, before = cursor.partition("-")
    return _number(gone), _checked(before)


def _differences(
    connection: Connection, asked: dict[str, Any], ids: list[str], span: tuple[datetime, datetime]
) -> tuple[Difference, ...]:
    before, after = (
        {row[0]: from_row(row) for row in connection.execute(*in_the_past(AS_IT_WAS, asked, at))} for at in span
    )
    last = _last(connection, asked)
    pairs = ((before.get(one), after.get(one), last.get(one)) for one in ids)
    return tuple(Difference(*pair) for pair in pairs if _differs(*pair[:2]))


def _differs(before: Memory | None, after: Memory | None) -> bool:
    if before is None or after is None:
        return before is not after
    return bool(changed(before, after))


def _last(connection: Connection, asked: dict[str, Any]) -> dict[str, Event]:
    events = map(from_event, connection.execute(LAST, asked).fetchall())
    return {event.memory.id: event for event in events}


def _trashed(memory: Memory, gone: int, last: dict[str, Event]) -> Trashed:
    since = instant(gone)
    if since is None:
        raise TypeError("a memory in the trash went there at some instant")
    return Trashed(memory, since, last.get(memory.id) if memory.deleted_at is not None else None)
