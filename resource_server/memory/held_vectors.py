"""Vectors of a vault in memory: those that one search compares lie all over an encrypted file."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resource_server.memory.embeddings import PACKED, Vectors

AT_ONCE = 10_000
"""How many vectors are taken at a time while a vault is read."""


class HeldVectors:
    """A place for each row up to `room`; rows that were never taken count as zeros."""

    def __init__(self, room: int) -> None:
        self._vectors: NDArray[np.float16] = np.zeros((room, 0), PACKED)

    @staticmethod
    def size_of(room: int, dimensions: int) -> int:
        """Bytes that so many would take."""
        return room * dimensions * np.dtype(PACKED).itemsize

    @property
    def size(self) -> int:
        """Bytes taken."""
        return self._vectors.nbytes

    def take(self, found: Any) -> None:
        """Rows with their packed vectors, from a cursor."""
        while some := found.fetchmany(AT_ONCE):
            rows, blobs = zip(*some, strict=True)
            vectors = np.frombuffer(b"".join(blobs), PACKED).reshape(len(rows), -1)
            if self._vectors.shape[1] == 0:
                self._vectors = np.zeros((len(self._vectors), vectors.shape[1]), PACKED)
            self._vectors[list(rows)] = vectors

    def of(self, rows: Sequence[int]) -> Vectors:
        """The vectors of these rows, in their order."""
        return self._vectors[list(rows)].astype(np.float32)
