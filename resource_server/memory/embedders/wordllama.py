"""The default embedder: it needs no download and no GPU."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any

import structlog

from resource_server.memory.embeddings import Vectors, unit_rows

log = structlog.get_logger(__name__)


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
