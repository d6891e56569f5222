"""Edges that apps draw: typed, dated in two times, never overwritten.

Valid time is when an edge is true, transaction time when it was written down (Snodgrass, SQL:2011): ending or changing
an edge retires its row and writes others, so that both what was true and what was known can be asked for.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from resource_server.memory.graph.records import Draft, Edge, EndsBeforeItBeginsError, TooManyLinksError
from resource_server.memory.records import Author
from resource_server.memory.rows import instant, microseconds
from resource_server.memory.vault import Connection
from shared.clock import now
from shared.ids import new_id

MOST_OF_A_NODE = 5_000
"""Edges, past ones included, that may leave or reach one node."""

AUTHOR = ("client_id", "client_name", "grant_id", "tool", "session_id", "person")
HAND = "CASE person WHEN '' THEN client_id ELSE person || ' ' || client_id END"
"""Whose hand wrote an edge, as `Author.hand` says it."""

FIELDS = (
    "id", "namespace", "source", "target", "relation", "weight", "valid_from", "valid_to", "created_at", "retired_at",
    "properties", *AUTHOR,
)  # fmt: skip
EDGE = ", ".join(f"links.{name}" for name in FIELDS)
STORED = (*FIELDS, "batch")
INSERT = f"INSERT INTO links ({', '.join(STORED)}) VALUES ({', '.join(f':{name}' for name in STORED)})"  # noqa: S608 (constants)
RETIRE = "UPDATE links SET retired_at = ?, retired_by = ? WHERE id = ?"
IS_STANDING = "retired_at IS NULL AND (valid_to IS NULL OR valid_to > :at)"
STANDING = f"""
    SELECT {EDGE} FROM links WHERE namespace = :namespace AND source = :source AND relation = :relation
    AND (:target IS NULL OR target = :target) AND {IS_STANDING} ORDER BY valid_from
"""  # noqa: S608 (constants)
COUNT = """
    SELECT (SELECT count(*) FROM links WHERE source = :id AND undone_at IS NULL)
        + (SELECT count(*) FROM links WHERE target = :id AND undone_at IS NULL)
"""


def draw(
    connection: Connection, draft: Draft, author: Author, is_seen: Callable[[Edge], bool] = lambda _edge: True
) -> Edge:
    """The edge as it stands from now on: new, changed, ended, or left as it was because it already stood so.

    It replaces no edge but those that are seen. Raises TooManyLinksError, EndsBeforeItBeginsError.
    """
    at = now()
    if draft.replaces:
        for other in _standing(connection, draft, None, at):
            if other.target != draft.target and is_seen(other):
                _end(connection, other, draft.valid_from or at, author)
    standing = _standing(connection, draft, draft.target, at)
    if not standing:
        return _insert(connection, _fresh(draft, at, author), author, draft.batch)
    return _changed(connection, standing[-1], draft, author)


def edge_from(row: tuple[Any, ...]) -> Edge:
    """An edge from the columns of EDGE."""
    values = dict(zip(FIELDS, row, strict=True))
    author = Author(**{name: values.pop(name) for name in AUTHOR})
    values |= {name: instant(values[name]) for name in ("valid_from", "valid_to", "created_at", "retired_at")}
    return Edge(author=author, **(values | {"properties": json.loads(values["properties"])}))


def _standing(connection: Connection, draft: Draft, target: str | None, at: datetime) -> list[Edge]:
    asked = {
        "namespace": draft.namespace,
        "source": draft.source,
        "relation": draft.relation,
        "target": target,
        "at": microseconds(at),
    }
    return [edge_from(row) for row in connection.execute(STANDING, asked).fetchall()]


def _fresh(draft: Draft, at: datetime, author: Author) -> Edge:
    return Edge(
        id=None,
        namespace=draft.namespace,
        source=draft.source,
        target=draft.target,
        relation=draft.relation,
        weight=1.0 if draft.weight is None else draft.weight,
        valid_from=draft.valid_from or at,
        valid_to=draft.valid_to,
        created_at=at,
        author=author,
        properties=draft.properties or {},
    )


def _changed(connection: Connection, standing: Edge, draft: Draft, author: Author) -> Edge:
    """Only what the draft names changes; another weight or property holds from its beginning, or from now."""
    at = now()
    weight = standing.weight if draft.weight is None else draft.weight
    properties = standing.properties if draft.properties is None else draft.properties
    if (weight, properties) == (standing.weight, standing.properties):
        return _dated(connection, standing, draft, author)
    begins = max(draft.valid_from or at, standing.valid_from)
    valid_to = standing.valid_to if draft.valid_to is None else draft.valid_to
    _end(connection, standing, begins, author)
    changed = replace(standing, weight=weight, properties=properties, valid_from=begins, valid_to=valid_to)
    return _insert(connection, changed, author, draft.batch)


def _dated(connection: Connection, standing: Edge, draft: Draft, author: Author) -> Edge:
    dated = replace(
        standing,
        valid_from=draft.valid_from or standing.valid_from,
        valid_to=draft.valid_to or standing.valid_to,
    )
    if dated == standing:
        return standing
    connection.execute(RETIRE, (microseconds(now()), author.hand, standing.id))
    return _insert(connection, dated, author, draft.batch)


def _end(connection: Connection, edge: Edge, at: datetime, author: Author) -> None:
    """What was known stays as a retired row; what was true, until `at`, as a row that ends."""
    connection.execute(RETIRE, (microseconds(now()), author.hand, edge.id))
    if at > edge.valid_from:
        _insert(connection, replace(edge, valid_to=at), author, None)


def _insert(connection: Connection, edge: Edge, author: Author, batch: str | None) -> Edge:
    if edge.valid_to is not None and edge.valid_to < edge.valid_from:
        raise EndsBeforeItBeginsError("an edge ends before it begins")
    for end in (edge.source, edge.target):
        if connection.execute(COUNT, {"id": end}).fetchone()[0] >= MOST_OF_A_NODE:
            raise TooManyLinksError(f"a node has {MOST_OF_A_NODE} links already")
    written = replace(edge, id=new_id("lnk"), created_at=now(), retired_at=None, author=author)
    insert_row(connection, written, batch)
    return written


def insert_row(connection: Connection, edge: Edge, batch: str | None) -> None:
    """As it is, without looking at what stands."""
    connection.execute(INSERT, to_row(edge) | {"batch": batch})


def to_row(edge: Edge) -> dict[str, Any]:
    """Parameters by the names of the columns."""
    return {
        **{name: getattr(edge, name) for name in ("id", "namespace", "source", "target", "relation", "weight")},
        **{name: microseconds(getattr(edge, name)) for name in ("valid_from", "valid_to", "created_at", "retired_at")},
        "properties": json.dumps(edge.properties, ensure_ascii=False),
        **asdict(edge.author),
    }
