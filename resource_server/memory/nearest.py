"""Candidates by meaning: the rows whose signs differ least from those of a vector."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from resource_server.memory.embeddings import Vectors
from resource_server.memory.index_columns import Connection
from resource_server.memory.index_filter import columns_of, confirmed, fitting

MISSING = int(np.iinfo(np.uint16).max)


def nearest(connection: Connection, vector: Vectors, asked: Mapping[str, Any], limit: int) -> list[int]:
    """At most `limit` rows that fit what is `asked`, and whose vector the same embedder made."""
    columns = columns_of(connection, asked)
    far = columns.distances(vector)
    far[~fitting(connection, columns, asked)] = MISSING
    within = np.cumsum(np.bincount(far, minlength=MISSING)[:MISSING])
    rows = np.flatnonzero(far <= min(int(np.searchsorted(within, limit)), MISSING - 1))
    order = rows[np.lexsort((-rows, far[rows]))][:limit]
    found = confirmed(connection, columns, order.tolist(), asked)
    return [row for row in order.tolist() if row in found]
