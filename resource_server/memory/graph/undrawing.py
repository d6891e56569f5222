"""Undoing what one app drew: each edge goes back to how it was before the app's last writes in a row.

What was undone stays as rows of the past, marked; what stands again is a new row that names the one it brings back.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any

from resource_server.memory.graph.links import EDGE, FIELDS, HAND, edge_from, insert_row
from resource_server.memory.graph.nodes import SEEN_ENTITY
from resource_server.memory.graph.records import Edge
from resource_server.memory.rows import EPOCH, SEEN, microseconds, seen
from resource_server.memory.vault import Connection
from shared.authorization_details import NamespaceSet
from shared.clock import now
from shared.ids import new_id

HANDS = f"""
    SELECT DISTINCT {HAND} FROM links
    WHERE (client_id = :app OR client_name = :app COLLATE NOCASE) AND person = :person
"""  # noqa: S608 (constants)
HERE = f"EXISTS (SELECT 1 FROM memories WHERE memories.id = {{end}} AND {SEEN})"  # noqa: S608 (constants)
END_HERE = f"({HERE} OR {SEEN_ENTITY})"
TOUCHED = f"""
    SELECT DISTINCT namespace, source, relation, target FROM links
    WHERE undone_at IS NULL AND {SEEN} AND {END_HERE.format(end="links.source")}
        AND {END_HERE.format(end="links.target")} AND (
            created_at >= :since AND revives IS NULL AND {HAND} IN (SELECT value FROM json_each(:apps))
            OR retired_at >= :since AND retired_by IN (SELECT value FROM json_each(:apps))
        )
    ORDER BY namespace, source, relation, target
"""  # noqa: S608 (constants)
VERSIONS = f"""
    SELECT {EDGE}, retired_by, revives FROM links WHERE undone_at IS NULL AND (namespace, source, relation, target) IN (
        SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(:touched)
    ) ORDER BY namespace, source, relation, target, number
"""  # noqa: S608 (constants)
RETIRE = """
    UPDATE links SET retired_at = ?, retired_by = '' WHERE retired_at IS NULL AND id IN (SELECT value FROM json_each(?))
"""
UNDO = """
    UPDATE links SET undone_at = :at WHERE id IN (SELECT value FROM json_each(:ids))
        OR revives IN (SELECT value FROM json_each(:ids))
"""
REVIVE = "UPDATE links SET revives = ? WHERE id = ?"


@dataclass(frozen=True)
class EdgeUndo:
    """One edge: the rows that the app wrote, those of them that stand now, and what stands again instead.

    Nothing of that where another app wrote to the edge since.
    """

    written: tuple[str, ...] = ()
    standing: tuple[str, ...] = ()
    revived: tuple[Edge, ...] = ()
    is_left_alone: bool = False

    @property
    def ids(self) -> tuple[str | None, ...]:
        """What tells it from every other plan."""
        return (*self.written, None, *self.standing, None, *(edge.id for edge in self.revived))


@dataclass(frozen=True)
class _Version:
    """A row that was written, and its last copy if it was brought back."""

    edge: Edge
    last: Edge
    retired_by: str | None


def plan_edges(
    connection: Connection, app: str, person: str, since: datetime, namespaces: NamespaceSet, limit: int
) -> tuple[list[EdgeUndo], bool]:
    """What to undo of the edges of an app, by its client id or name, and whether there are more than `limit`.

    `person` says whose app, in the vault of a shared namespace.
    """
    apps = {hand for (hand,) in connection.execute(HANDS, {"app": app, "person": person})}
    asked: dict[str, Any] = {"since": microseconds(since), "apps": json.dumps(sorted(apps)), **seen(namespaces, now())}
    touched = connection.execute(TOUCHED, asked).fetchall()
    rows = connection.execute(VERSIONS, {"touched": json.dumps(touched[:limit], ensure_ascii=False)}).fetchall()
    place = [FIELDS.index(name) for name in ("namespace", "source", "relation", "target")]
    edges = (_versions(of_one) for _, of_one in groupby(rows, key=lambda row: [row[one] for one in place]))
    undos = (_undo(versions, apps, since) for versions in edges)
    return [undo for undo in undos if undo is not None], len(touched) > limit


def undraw(connection: Connection, undos: Sequence[EdgeUndo]) -> None:
    """Does it."""
    at = microseconds(now())
    for undo in undos:
        connection.execute(RETIRE, (at, json.dumps(undo.standing)))
        connection.execute(UNDO, {"at": at, "ids": json.dumps(undo.written)})
        for edge in undo.revived:
            again = replace(edge, id=new_id("lnk"), created_at=now(), retired_at=None)
            insert_row(connection, again, None)
            connection.execute(REVIVE, (edge.id, again.id))


def _versions(rows: Iterable[tuple[Any, ...]]) -> list[_Version]:
    """In the order in which they were written."""
    found: dict[str, _Version] = {}
    for *columns, retired_by, revives in rows:
        edge = edge_from(tuple(columns))
        root = revives if revives in found else str(edge.id)
        first = found[root].edge if root in found else edge
        found[root] = _Version(first, edge, retired_by)
    return list(found.values())


def _undo(versions: list[_Version], apps: set[str], since: datetime) -> EdgeUndo | None:
    run = len(versions)
    while run and _is_by(versions[run - 1], apps, since):
        run -= 1
    kept, written = versions[:run], versions[run:]
    if any(one.retired_by and one.retired_by not in apps for one in written):
        return EdgeUndo(is_left_alone=True)
    begins = kept[-1].edge.created_at if kept else EPOCH
    revived = [one for one in kept if _was_ended(one, apps, since, begins, is_replaced=bool(written))]
    if not written and not revived:
        return EdgeUndo(is_left_alone=True) if any(_is_by(one, apps, since) for one in kept) else None
    standing = tuple(str(one.last.id) for one in written if one.last.retired_at is None)
    again = tuple(replace(one.last, id=one.edge.id) for one in revived)
    return EdgeUndo(tuple(str(one.edge.id) for one in written), standing, again)


def _is_by(version: _Version, apps: set[str], since: datetime) -> bool:
    return version.edge.author.hand in apps and version.edge.created_at >= since


def _was_ended(version: _Version, apps: set[str], since: datetime, begins: datetime, *, is_replaced: bool) -> bool:
    """By what is undone; rows of earlier programs do not say by whom."""
    at = version.last.retired_at
    if at is None or at <= begins:
        return False
    return is_replaced if version.retired_by is None else version.retired_by in apps and at >= since
