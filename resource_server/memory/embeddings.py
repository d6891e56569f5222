"""Text as vectors: the protocol of embedders, doing without, and how vectors are kept."""

from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
PACKED = np.float16


class Embedder(Protocol):
    """Turns texts into unit vectors. `name` is stored beside them: vectors of different embedders never mix."""

    @property
    def name(self) -> str:
        """Names model and dimensions, or `none` while there is nothing that embeds."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors | None:
        """One row a text, each of length 1 (or 0 for a text without a known word).

        None where nothing embeds, or not now: who stores goes on, and the vectors are made later. Never raises.
        """
        ...


class NoEmbedder:
    """Search by words alone."""

    name = "none"

    def embed(self, _texts: Sequence[str]) -> None:
        """Nothing."""


def unit_rows(vectors: Vectors) -> Vectors:
    """Each row scaled to length 1; rows of zeros stay zeros."""
    matrix = np.asarray(vectors, dtype=np.float32)
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    unit: Vectors = np.divide(matrix, lengths, out=np.zeros_like(matrix), where=lengths > 0)
    return unit


def bits_of(vector: Vectors) -> bytes:
    """The signs of a vector, packed: an eighth of a byte a dimension, enough to find candidates by."""
    return np.packbits(vector > 0).tobytes()


def packed(vector: Vectors) -> bytes:
    """Half precision, which changes a cosine by less than a thousandth."""
    return vector.astype(PACKED).tobytes()


def unpacked(blobs: Iterable[bytes]) -> Vectors:
    """One row for each packed vector."""
    rows = [np.frombuffer(blob, dtype=PACKED) for blob in blobs]
    return np.stack(rows).astype(np.float32)
