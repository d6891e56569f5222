"""Search inside one vault: candidates by words, candidates by meaning from a scan of bits, and the hits."""

import json
from collections.abc import Mapping
from typing import Any

from resource_server.memory.embeddings import Vectors, bits_of, unpacked
from resource_server.memory.ranking import CANDIDATES, Ranked, fuse
from resource_server.memory.records import Filters, Hit
from resource_server.memory.rows import COLUMNS, FITTING, filtered, from_row
from resource_server.memory.vault import Connection
from resource_server.memory.words import by_words
from shared.clock import now

# The constants interpolated below are column lists and conditions of this package; what people say is always bound.
BY_MEANING = f"""
    SELECT row FROM memory_index
    WHERE embedder = (SELECT number FROM embedders WHERE name = :embedder) AND {FITTING}
    ORDER BY vec_distance_hamming(vec_bit(bits), vec_bit(:bits)) LIMIT {CANDIDATES}
"""  # noqa: S608 (constants)
VECTORS = "SELECT row, vector FROM memory_vectors WHERE row IN (SELECT value FROM json_each(:rows))"
MEMORIES = f"SELECT row, {COLUMNS} FROM memories WHERE row IN (SELECT value FROM json_each(:rows))"  # noqa: S608 (constants)


def find(
    connection: Connection, query: str, vector: Vectors | None, embedder: str, filters: Filters, limit: int
) -> list[Hit]:
    """The best `limit` hits; `vector` is the query's, made by `embedder`, or None to go by words alone."""
    asked = filtered(filters, now())
    cosine = {} if vector is None else _by_meaning(connection, vector, {**asked, "embedder": embedder})
    ranked = fuse(by_words(connection, query, asked), cosine)[:limit]
    return _hits(connection, ranked)


def _by_meaning(connection: Connection, vector: Vectors, asked: Mapping[str, Any]) -> dict[int, float]:
    """Bits choose the candidates, the vectors themselves measure them."""
    candidates = [row for (row,) in connection.execute(BY_MEANING, {**asked, "bits": bits_of(vector)})]
    found = connection.execute(VECTORS, {"rows": json.dumps(candidates)}).fetchall()
    if not found:
        return {}
    cosines = unpacked(blob for _, blob in found) @ vector
    return dict(zip((row for row, _ in found), cosines.tolist(), strict=True))


def _hits(connection: Connection, ranked: list[Ranked]) -> list[Hit]:
    rows = connection.execute(MEMORIES, {"rows": json.dumps([one.row for one in ranked])}).fetchall()
    memories = {row: from_row(columns) for row, *columns in rows}
    return [Hit(memories[one.row], one.score, one.words, one.meaning) for one in ranked]
