"""Neighbours in time: what was said just before and just after a memory, within its conversation."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from resource_server.memory.index_filter import View

REACH = 3
"""How many memories before and after one are said to be about the same thing."""

HOPS = 2 * REACH
"""Neighbours of a match are matches too, so theirs are looked at as well."""

NEAR = """
    SELECT near.row FROM memories AS near WHERE near.namespace = hit.namespace AND near.conversation = hit.conversation
    AND {where} AND EXISTS (
        SELECT 1 FROM memory_index WHERE memory_index.row = near.row AND (expires_at IS NULL OR expires_at > :now)
    ) ORDER BY near.happened_at {order}, near.row {order} LIMIT {hops}
"""


def _near(where: str, order: str) -> str:
    return f"(SELECT json_group_array(row) FROM ({NEAR.format(where=where, order=order, hops=HOPS)}))"  # noqa: S608 (constants)


# Of one instant and of others apart: each is a range of the index, however many lines share an instant.
AROUND = f"""
    SELECT json_group_array(json_array(hit.row,
        {_near("near.happened_at = hit.happened_at AND near.row < hit.row", "DESC")},
        {_near("near.happened_at < hit.happened_at", "DESC")},
        {_near("near.happened_at = hit.happened_at AND near.row > hit.row", "ASC")},
        {_near("near.happened_at > hit.happened_at", "ASC")}
    )) FROM json_each(:rows) JOIN memories AS hit ON hit.row = value WHERE hit.conversation IS NOT NULL
"""  # noqa: S608 (constants)


@dataclass(frozen=True)
class Neighbourhood:
    """`near` are the rows asked for and those within REACH of them; `before` says which row stands before which."""

    near: frozenset[int]
    before: Mapping[int, int]

    @property
    def rows(self) -> set[int]:
        """All that was looked at: what is near, and its neighbours."""
        return {*self.near, *self.before, *self.before.values()}


def around(view: View, rows: Iterable[int]) -> Neighbourhood:
    """The surroundings of `rows`, far enough for the neighbours of their neighbours; only what is live counts."""
    near = set(rows)
    before: dict[int, int] = {}
    for row, same_before, earlier, same_after, later in _read(view, near):
        past, future = (same_before + earlier)[:HOPS], (same_after + later)[:HOPS]
        near.update(past[:REACH], future[:REACH])
        line = [*reversed(past), row, *future]
        before.update(zip(line[1:], line, strict=False))
    return Neighbourhood(frozenset(near), before)


def _read(view: View, rows: set[int]) -> list[tuple[int, list[int], list[int], list[int], list[int]]]:
    codes, alone = view.columns.numbers["conversation"], view.columns.codes["conversation"].get(None)
    talking = [row for row in rows if codes[row] != alone]
    if not talking:
        return []
    (found,) = view.connection.execute(AROUND, {"rows": json.dumps(talking), "now": view.asked["now"]}).fetchone()
    lines: list[tuple[int, list[int], list[int], list[int], list[int]]] = json.loads(found)
    return lines
