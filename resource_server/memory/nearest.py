"""Candidates by meaning: the rows whose signs differ least from those of a vector."""

import numpy as np

from resource_server.memory.embeddings import Vectors
from resource_server.memory.index_filter import View


def nearest(view: View, vector: Vectors, limit: int) -> list[int]:
    """At most `limit` rows that fit the question, and whose vector the same embedder made."""
    far, too_far = view.columns.distances(vector), view.columns.too_far
    far[~view.fits] = too_far
    within = np.cumsum(np.bincount(far, minlength=too_far)[:too_far])
    rows = np.flatnonzero(far <= min(int(np.searchsorted(within, limit)), too_far - 1))
    return view.confirmed(rows[np.lexsort((-rows, far[rows]))][:limit].tolist())
