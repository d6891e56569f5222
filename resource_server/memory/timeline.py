"""Memories in the order in which things happened, whenever they were stored."""

from dataclasses import replace
from functools import partial

from resource_server.memory.records import Filters, Memory, Page, UnknownCursorError
from resource_server.memory.rows import COLUMNS, FITTING, SEEN, filtered, from_row, seen
from resource_server.memory.sharing.places import Place, Places
from resource_server.memory.vault import Connection
from shared.clock import now

Stop = tuple[int, int] | None
"""When something happened, and its row: a vault's list goes on behind it, or begins."""

PLACE = f"SELECT happened_at, row FROM memories WHERE id = :id AND {SEEN}"  # noqa: S608 (constants)
ROWS = f"""
    SELECT row FROM memory_index
    WHERE (:place IS NULL OR (happened_at, row) < (:place, :last)) AND {FITTING}
    ORDER BY happened_at DESC, row DESC LIMIT :limit
"""  # noqa: S608 (constants)
MEMORIES = f"SELECT {COLUMNS} FROM memories WHERE row IN ({ROWS}) ORDER BY happened_at DESC, row DESC"  # noqa: S608 (constants)


def timeline(places: Places, filters: Filters, cursor: str | None, limit: int) -> Page:
    """A page, what happened last first; the cursor is the id of the last memory of the page before.

    At the same instant what lies in the person's own vault comes first. Raises UnknownCursorError.
    """
    found: list[Memory] = []
    for place, stop in _stops(places, filters, cursor):
        found += place.told(place.vault.read(partial(_found, _inside(place, filters), stop, limit + 1)))
    found.sort(key=lambda memory: memory.happened_at, reverse=True)  # stable: vaults stay in their order
    return Page(tuple(found[:limit]), found[limit - 1].id if len(found) > limit else None)


def _stops(places: Places, filters: Filters, cursor: str | None) -> list[tuple[Place, Stop]]:
    """Where each vault goes on: behind the cursor in its own, and in the others at the same instant or behind it."""
    reached = places.reached(filters.namespaces)
    if cursor is None:
        return [(place, None) for place in reached]
    stops = [place.vault.read(partial(_stop_of, cursor, _inside(place, filters))) for place in reached]
    number = next((number for number, stop in enumerate(stops) if stop is not None), None)
    if number is None or (stop := stops[number]) is None:
        raise UnknownCursorError("not a cursor of this timeline")
    instant = stop[0]
    before, after = reached[:number], reached[number + 1 :]
    return [
        *((place, (instant, 0)) for place in before),
        (reached[number], stop),
        *((place, (instant + 1, 0)) for place in after),
    ]


def _found(filters: Filters, stop: Stop, limit: int, connection: Connection) -> list[Memory]:
    happened_at, row = stop or (None, None)
    asked = {**filtered(filters, now()), "place": happened_at, "last": row, "limit": limit}
    return [from_row(row) for row in connection.execute(MEMORIES, asked)]


def _stop_of(cursor: str, filters: Filters, connection: Connection) -> Stop:
    """Also of a memory that was deleted meanwhile, but of none that may not be read."""
    row = connection.execute(PLACE, {**seen(filters.namespaces, now()), "id": cursor}).fetchone()
    return (int(row[0]), int(row[1])) if row is not None else None


def _inside(place: Place, filters: Filters) -> Filters:
    return replace(filters, namespaces=place.inside(filters.namespaces))
