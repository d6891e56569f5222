"""Vectors of a vault in memory, eight bits a dimension: what a search compares lies all over an encrypted file.

A row's largest component is 127 and the others are rounded to match, which changes a cosine by less than a hundredth.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resource_server.memory.embeddings import Vectors, unpacked

STEPS = 127
AT_ONCE = 10_000
"""How many vectors are unpacked at a time while a vault is read."""


class HeldVectors:
    """A place for each row up to `room`; rows that were never taken count as zeros."""

    def __init__(self, room: int) -> None:
        self._steps: NDArray[np.int8] = np.zeros((room, 0), np.int8)
        self._scales: NDArray[np.float32] = np.zeros(room, np.float32)

    @staticmethod
    def size_of(room: int, dimensions: int) -> int:
        """Bytes that so many would take."""
        return room * (dimensions + np.dtype(np.float32).itemsize)

    @property
    def size(self) -> int:
        """Bytes taken."""
        return self._steps.nbytes + self._scales.nbytes

    def take(self, found: Any) -> None:
        """Rows with their packed vectors, from a cursor."""
        while some := found.fetchmany(AT_ONCE):
            rows, blobs = zip(*some, strict=True)
            self._take(rows, unpacked(blobs))

    def cosines(self, vector: Vectors, rows: Iterable[int]) -> list[float]:
        """What each row has in common with `vector`, between -1 and 1."""
        wanted = np.fromiter(rows, np.int64)
        products = self._steps[wanted].astype(np.float32) @ vector
        cosines: list[float] = (products * self._scales[wanted]).tolist()
        return cosines

    def _take(self, rows: Sequence[int], vectors: Vectors) -> None:
        if self._steps.shape[1] == 0:
            self._steps = np.zeros((len(self._scales), vectors.shape[1]), np.int8)
        scales = np.abs(vectors).max(axis=1) / STEPS
        shares = np.divide(vectors, scales[:, None], out=np.zeros_like(vectors), where=scales[:, None] > 0)
        self._steps[list(rows)], self._scales[list(rows)] = np.rint(shares), scales
