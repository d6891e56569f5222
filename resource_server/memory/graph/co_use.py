"""Memories that are used together grow together, and apart again with time.

Hebb's rule with saturation: each joint use takes a fixed part of what is missing to 1. Forgetting is exponential and
computed where a weight is read, so that time passing writes nothing.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import combinations
from math import exp, log
from typing import Any

from resource_server.memory.graph.nodes import SEEN_MEMORY
from resource_server.memory.rows import EPOCH, instant, microseconds
from resource_server.memory.vault import Connection

DECAY_AN_HOUR = 0.001
LEAST = 0.05
"""A bond weaker than this is forgotten."""

LONGEST_LIFE = timedelta(hours=log(1 / LEAST) / DECAY_AN_HOUR)
"""After that the strongest bond is weaker than LEAST."""

IN_ONE_ANSWER = 0.1
IN_ONE_SESSION = 0.075
MOST_AT_ONCE = 8
"""The first memories of an answer count as used; further down nobody may have looked."""

MOST_PARTNERS = 64
MOST_REACHED = 100
HOPS_FADE = 0.5
LEAST_REACHED = 0.01

PARTNERS = """
    SELECT second, weight, at FROM used_together WHERE first = :id
    UNION ALL SELECT first, weight, at FROM used_together WHERE second = :id
"""
SEEN_PARTNERS = f"""
    SELECT partner, weight, at FROM (
        SELECT second AS partner, weight, at FROM used_together WHERE first = :id
        UNION ALL SELECT first, weight, at FROM used_together WHERE second = :id
    ) AS partners WHERE {SEEN_MEMORY.format(end="partners.partner")}
"""  # noqa: S608 (constants)
FIND = "SELECT weight, at FROM used_together WHERE first = ? AND second = ?"
SET = """
    INSERT INTO used_together (first, second, weight, at) SELECT :first, :second, :weight, :at
    WHERE (SELECT count(*) FROM memories WHERE id IN (:first, :second)) = 2
    ON CONFLICT (first, second) DO UPDATE SET weight = excluded.weight, at = excluded.at
"""
FORGET = "DELETE FROM used_together WHERE first = ? AND second = ?"
TOO_OLD = "DELETE FROM used_together WHERE at < ?"


def strengthen(connection: Connection, used: Sequence[str], before: Sequence[str], at: datetime) -> None:
    """Memories `used` in one answer bind to each other, and less to those used `before` in the same session."""
    together = list(dict.fromkeys(used))[:MOST_AT_ONCE]
    earlier = [one for one in dict.fromkeys(before) if one not in together][:MOST_AT_ONCE]
    for one, other in combinations(together, 2):
        _bind(connection, one, other, IN_ONE_ANSWER, at)
    for one in together:
        for other in earlier:
            _bind(connection, one, other, IN_ONE_SESSION, at)
    for one in (*together, *earlier):
        _prune(connection, one, at)
    connection.execute(TOO_OLD, (microseconds(at - LONGEST_LIFE),))


def partners(connection: Connection, memory_id: str, asked: dict[str, Any], at: datetime) -> list[tuple[str, float]]:
    """What was used together with a memory and may be seen, the strongest bond first."""
    found = _faded(connection.execute(SEEN_PARTNERS, {**asked, "id": memory_id}).fetchall(), at)
    return sorted(((other, weight) for other, weight in found if weight >= LEAST), key=lambda one: (-one[1], one[0]))


def spread(connection: Connection, memory_id: str, hops: int, asked: dict[str, Any], at: datetime) -> dict[str, float]:
    """Activation that spreads from a memory over joint uses, fading with each step (Collins and Loftus, 1975).

    It passes only through memories that may be seen.
    """
    reached, frontier = {memory_id: 1.0}, [memory_id]
    for hop in range(hops):
        activated: dict[str, float] = {}
        for one in frontier:
            for other, weight in partners(connection, one, asked, at):
                strength = reached[one] * weight * (HOPS_FADE if hop else 1.0)
                if other not in reached and strength >= LEAST_REACHED:
                    activated[other] = max(activated.get(other, 0.0), strength)
        frontier = sorted(activated, key=lambda one: (-activated[one], one))[: MOST_REACHED - len(reached)]
        reached |= {one: activated[one] for one in frontier}
    del reached[memory_id]
    return reached


def faded(weight: float, since: datetime, at: datetime) -> float:
    """A weight as of `since`, at a later time."""
    hours = max((at - since) / timedelta(hours=1), 0.0)
    return weight * exp(-DECAY_AN_HOUR * hours)


def _faded(rows: Iterable[tuple[str, float, int]], at: datetime) -> list[tuple[str, float]]:
    return [(other, faded(weight, instant(since) or EPOCH, at)) for other, weight, since in rows]


def _bind(connection: Connection, one: str, other: str, part: float, at: datetime) -> None:
    first, second = sorted((one, other))
    known = connection.execute(FIND, (first, second)).fetchone()
    weight = faded(known[0], instant(known[1]) or EPOCH, at) if known else 0.0
    bound = {"first": first, "second": second, "weight": weight + part * (1 - weight), "at": microseconds(at)}
    connection.execute(SET, bound)


def _prune(connection: Connection, memory_id: str, at: datetime) -> None:
    """Bonds that faded are gone, and of very many the weakest."""
    found = sorted(_faded(connection.execute(PARTNERS, {"id": memory_id}).fetchall(), at), key=lambda one: -one[1])
    for position, (other, weight) in enumerate(found):
        if position >= MOST_PARTNERS or weight < LEAST:
            connection.execute(FORGET, tuple(sorted((memory_id, other))))
