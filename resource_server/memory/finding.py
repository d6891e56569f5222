"""Search inside one vault: candidates by words and by meaning, their neighbours in time, and the hits.

Candidates come from the rarest words and from a scan of bits; whatever is near them in a conversation joins them. All
are then measured alike: by every word of the question, with their neighbours, and by the vectors themselves. The best
are read whole, weighed by their standing, and freed of repetitions.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from math import prod
from typing import Any

import numpy as np

from resource_server.memory.embeddings import Vectors, unpacked
from resource_server.memory.folding import distinct
from resource_server.memory.nearest import nearest
from resource_server.memory.neighbours import around
from resource_server.memory.ranking import CANDIDATES, Occurrences, Ranked, fuse, lexical
from resource_server.memory.records import Filters, Hit, Memory
from resource_server.memory.rows import COLUMNS, FITTING, filtered, from_row, instant
from resource_server.memory.standing import Use, factors_of
from resource_server.memory.vault import Connection
from resource_server.memory.words import Terms, by_words, occurrences, terms_of
from shared.clock import now

MEASURED, SURROUNDED = 100, 50
"""How many of the best candidates of each kind are measured by all, and how many of these with their neighbours."""

READ = 2
"""How many memories are read for each one wanted, at least LEAST_READ: standing and repetition change places."""

LEAST_READ = 40

# The constants interpolated below are column lists and conditions of this package; what people say is always bound.
FITTING_ROWS = f"SELECT row FROM memory_index WHERE row IN (SELECT value FROM json_each(:rows)) AND {FITTING}"  # noqa: S608 (constants)
VECTORS = """
    SELECT row, vector FROM memory_vectors JOIN memory_index USING (row)
    WHERE row IN (SELECT value FROM json_each(:rows))
    AND embedder = (SELECT number FROM embedders WHERE name = :embedder)
"""
MEMORIES = f"""
    SELECT row, uses, used_at, useful, {COLUMNS} FROM memories LEFT JOIN memory_use USING (row)
    WHERE row IN (SELECT value FROM json_each(:rows))
"""  # noqa: S608 (constants)


def find(
    connection: Connection,
    query: str,
    vector: Vectors | None,
    embedder: str,
    filters: Filters,
    limit: int,
    *,
    folded: bool = True,
) -> list[Hit]:
    """The best `limit` hits; `vector` is the query's, made by `embedder`, or None to go by words alone.

    Unless `folded`, repetitions keep their places.
    """
    at = now()
    asked = {**filtered(filters, at), "embedder": embedder}
    ranked = _ranked(connection, terms_of(connection, query, asked), vector, asked)
    read = max(READ * limit, LEAST_READ)
    if not folded:
        return _hits(connection, ranked[:read], at)[:limit]
    found = distinct(_hits(connection, ranked[:read], at), limit)
    # Where much was folded, what stands further down takes the places.
    return found if len(found) == limit or len(ranked) <= read else distinct(_hits(connection, ranked, at), limit)


def _ranked(connection: Connection, terms: Terms, vector: Vectors | None, asked: Mapping[str, Any]) -> list[Ranked]:
    meant = (
        {} if vector is None else _cosines(connection, vector, nearest(connection, vector, asked, CANDIDATES), asked)
    )
    candidates = (_best(by_words(connection, terms, asked)), _best(meant))
    surroundings = around(connection, {row for kind in candidates for row in kind[:SURROUNDED]}, asked)
    rows = _fitting(connection, surroundings.near.union(*candidates), asked)
    bm25 = lexical(_occurrences(connection, terms, surroundings.rows.union(rows)), surroundings.before)
    cosines = {} if vector is None else _cosines(connection, vector, rows, asked)
    return fuse({row: bm25[row] for row in rows}, cosines)


def _cosines(
    connection: Connection, vector: Vectors, rows: Iterable[int], asked: Mapping[str, Any]
) -> dict[int, float]:
    """Bits chose the candidates, the vectors themselves measure them."""
    found = connection.execute(VECTORS, {**asked, "rows": json.dumps(list(rows))}).fetchall()
    if not found:
        return {}
    cosines = unpacked(blob for _, blob in found) @ vector
    return dict(zip((row for row, _ in found), cosines.tolist(), strict=True))


def _best(scores: Mapping[int, float]) -> list[int]:
    return sorted(scores, key=lambda row: (-scores[row], -row))[:MEASURED]


def _fitting(connection: Connection, rows: Iterable[int], asked: Mapping[str, Any]) -> list[int]:
    """Neighbours help whatever they are; only what fits the question is found itself."""
    return [row for (row,) in connection.execute(FITTING_ROWS, {**asked, "rows": json.dumps(list(rows))})]


def _occurrences(connection: Connection, terms: Terms, rows: Iterable[int]) -> Occurrences:
    found = tuple(rows)
    place = {row: position for position, row in enumerate(found)}
    amounts = np.zeros((len(found), len(terms.idf)))
    for word, row, amount in occurrences(connection, terms, found):
        amounts[place[row], word] = amount
    return Occurrences(found, np.array(list(terms.idf.values())), amounts)


def _hits(connection: Connection, ranked: Sequence[Ranked], at: datetime) -> list[Hit]:
    found = connection.execute(MEMORIES, {"rows": json.dumps([one.row for one in ranked])}).fetchall()
    memories = {
        row: (from_row(columns), _use(*use)) for row, *use, columns in ((*line[:4], line[4:]) for line in found)
    }
    hits = [_hit(one, memories[one.row], at) for one in ranked]
    return sorted(hits, key=lambda hit: (-hit.score, hit.memory.id))


def _hit(one: Ranked, standing: tuple[Memory, Use], at: datetime) -> Hit:
    memory, use = standing
    factors = factors_of(memory, use, at)
    return Hit(memory, one.score * prod(factors.values()), one.words, one.meaning, one.around, factors)


def _use(uses: int | None, used_at: int | None, useful: float | None) -> Use:
    return Use(uses or 0, instant(used_at), useful or 0.0)
