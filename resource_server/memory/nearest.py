"""Candidates by meaning: the rows whose signs differ least from those of a vector."""

import numpy as np

from resource_server.memory.embeddings import Vectors
from resource_server.memory.index_filter import View

MISSING = int(np.iinfo(np.uint16).max)


def nearest(view: View, vector: Vectors, limit: int) -> list[int]:
    """At most `limit` rows that fit the question, and whose vector the same embedder made."""
    far = view.columns.distances(vector)
    far[~view.fits] = MISSING
    within = np.cumsum(np.bincount(far, minlength=MISSING)[:MISSING])
    rows = np.flatnonzero(far <= min(int(np.searchsorted(within, limit)), MISSING - 1))
    return view.confirmed(rows[np.lexsort((-rows, far[rows]))][:limit].tolist())
