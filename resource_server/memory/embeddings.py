"""Text as vectors: the protocol, the default that needs no download and no GPU, and doing without."""

from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

import numpy as np
import structlog
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
log = structlog.get_logger(__name__)


class Embedder(Protocol):
    """Turns texts into unit vectors. `name` is stored beside them: vectors of different embedders never mix."""

    @property
    def name(self) -> str:
        """Names model and dimensions, or `none` while there is nothing that embeds."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors | None:
        """One row a text, each of length 1 (or 0 for a text without a known word); None where nothing embeds."""
        ...


class NoEmbedder:
    """Search by words alone."""

    name = "none"

    def embed(self, _texts: Sequence[str]) -> None:
        """Nothing."""


class WordLlamaEmbedder:
    """The model that comes inside the wordllama wheel: 256 dimensions, under a millisecond a text.

    Loaded by the first text, in the thread that brings it. If it cannot be loaded, search goes on by words alone.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._model: Any = None
        self._is_broken = find_spec("wordllama") is None

    @property
    def name(self) -> str:
        """`none` once loading has failed."""
        return "none" if self._is_broken else "wordllama-l2-supercat-256"

    def embed(self, texts: Sequence[str]) -> Vectors | None:
        """Unit vectors of the mean of the words' vectors."""
        model = self._loaded()
        if model is None:
            return None
        return unit_rows(model.embed(list(texts)))

    def _loaded(self) -> Any:
        with self._lock:
            if self._model is None and not self._is_broken:
                self._load()
            return self._model

    def _load(self) -> None:
        try:
            import wordllama  # type: ignore[import-untyped]  # carries no types

            # The wheel carries the model; the library's own default would look for it on the network.
            self._model = wordllama.WordLlama.load(
                cache_dir=Path(wordllama.__file__).parent, dim=256, disable_download=True
            )
        except Exception as cause:
            self._is_broken = True
            log.warning("embedder unavailable: searching by words alone", error=type(cause).__name__)


def open_embedder(name: str) -> Embedder:
    """The embedder a setting names."""
    return WordLlamaEmbedder() if name == "wordllama" else NoEmbedder()


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
    return vector.astype(np.float16).tobytes()


def unpacked(blobs: Iterable[bytes]) -> Vectors:
    """One row for each packed vector."""
    rows = [np.frombuffer(blob, dtype=np.float16) for blob in blobs]
    return np.stack(rows).astype(np.float32)
