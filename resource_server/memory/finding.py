"""Search inside one vault: candidates by words and by meaning, their neighbours in time, and the hits.

Candidates come from the rarest words and from a scan of bits; whatever is near them in a conversation joins them. All
are then measured alike: by every word of the question, with their neighbours, and by the vectors themselves. The best
are read whole, weighed by their standing, and freed of repetitions.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from math import prod

import numpy as np

from resource_server.memory.embeddings import Vectors, unpacked
from resource_server.memory.folding import distinct
from resource_server.memory.index_filter import View, view_of
from resource_server.memory.nearest import nearest
from resource_server.memory.neighbours import around
from resource_server.memory.ranking import CANDIDATES, Occurrences, Ranked, fuse, lexical
from resource_server.memory.records import Filters, Hit, Memory
from resource_server.memory.rows import COLUMNS, filtered, from_row, instant
from resource_server.memory.standing import Use, factors_of
from resource_server.memory.vault import Connection
from resource_server.memory.words import Terms, by_words, occurrences, terms_of
from shared.clock import now

MEASURED, SURROUNDED = 100, 50
"""How many of the best candidates of each kind are measured by all, and how many of these with their neighbours."""

DIGITS = 5
"""Of a cosine: the last digits of a sum of floats depend on what else was summed at the time."""

READ = 2
"""How many memories are read for each one wanted, at least LEAST_READ: standing and repetition change places."""

LEAST_READ = 40

# The constants interpolated below are column lists and conditions of this package; what people say is always bound.
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
    view = view_of(connection, {**filtered(filters, at), "embedder": embedder})
    ranked = _ranked(terms_of(view, query), vector)
    read = max(READ * limit, LEAST_READ)
    if not folded:
        return _hits(connection, ranked[:read], at)[:limit]
    found = distinct(_hits(connection, ranked[:read], at), limit)
    # Where much was folded, what stands further down takes the places.
    return found if len(found) == limit or len(ranked) <= read else distinct(_hits(connection, ranked, at), limit)


def _ranked(terms: Terms, vector: Vectors | None) -> list[Ranked]:
    view = terms.view
    meant = {} if vector is None else _cosines(view, vector, nearest(view, vector, CANDIDATES))
    candidates = (_best(by_words(terms)), _best(meant))
    surroundings = around(view, {row for kind in candidates for row in kind[:SURROUNDED]})
    # Neighbours help whatever they are; only what fits the question is found itself.
    near = [row for row in surroundings.near.difference(*candidates) if row < view.columns.room and view.fits[row]]
    rows = [*dict.fromkeys(row for kind in candidates for row in kind), *view.confirmed(near)]
    looked_at = tuple(surroundings.rows.union(rows))
    found = Occurrences(looked_at, np.array(list(terms.idf.values())), occurrences(terms, looked_at))
    bm25 = lexical(found, surroundings.before)
    cosines = {} if vector is None else meant | _cosines(view, vector, [row for row in rows if row not in meant])
    return fuse({row: bm25[row] for row in rows}, {row: cosines[row] for row in rows if row in cosines})


def _cosines(view: View, vector: Vectors, rows: Iterable[int]) -> dict[int, float]:
    """Bits chose the candidates, the vectors themselves measure them, so far that equal ones come out equal."""
    columns = view.columns
    embedded = [row for row in rows if columns.has_bits[row]]
    if not embedded:
        return {}
    if columns.vectors is None:
        found = view.connection.execute(VECTORS, {**view.asked, "rows": json.dumps(embedded)}).fetchall()
        embedded, vectors = [row for row, _ in found], unpacked(blob for _, blob in found)
    else:
        vectors = columns.vectors.of(embedded)
    return dict(zip(embedded, np.round(vectors @ vector, DIGITS).tolist(), strict=True))


def _best(scores: Mapping[int, float]) -> list[int]:
    return sorted(scores, key=lambda row: (-scores[row], -row))[:MEASURED]


def _hits(connection: Connection, ranked: Sequence[Ranked], at: datetime) -> list[Hit]:
    found = connection.execute(MEMORIES, {"rows": json.dumps([one.row for one in ranked])}).fetchall()
    memories = {
        row: (from_row(columns), _use(*use)) for row, *use, columns in ((*line[:4], line[4:]) for line in found)
    }
    hits = [_hit(one, memories[one.row], at) for one in ranked]
    return sorted(hits, key=lambda hit: -hit.score)  # equals stay as they were ranked


def _hit(one: Ranked, standing: tuple[Memory, Use], at: datetime) -> Hit:
    memory, use = standing
    factors = factors_of(memory, use, at)
    return Hit(memory, one.score * prod(factors.values()), one.words, one.meaning, one.around, factors)


def _use(uses: int | None, used_at: int | None, useful: float | None) -> Use:
    return Use(uses or 0, instant(used_at), useful or 0.0)
