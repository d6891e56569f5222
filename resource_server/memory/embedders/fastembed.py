"""Models of the fastembed library (ONNX, on the processor), which is an extra: `pip install 'ostiary[fastembed]'`."""

from collections.abc import Sequence
from importlib import import_module
from threading import Lock
from typing import Any

import numpy as np
import structlog

from resource_server.memory.embeddings import Vectors, unit_rows

DEFAULT_MODEL = "BAAI/bge-small-en-v1.5"
BATCH = 32
REMEDY = (
    "install it with `pip install 'ostiary[fastembed]'`; it fetches its model with the first text, "
    "or finds it in the folder that FASTEMBED_CACHE_PATH names"
)
log = structlog.get_logger(__name__)


class FastEmbedEmbedder:
    """One model, loaded by the first text; if that fails, search goes on by words alone and the log says what to do.

    Written against `TextEmbedding(model_name=…).embed(texts, batch_size=…)`.
    """

    def __init__(self, model: str) -> None:
        self._model_name = model or DEFAULT_MODEL
        self._lock = Lock()
        self._model: Any = None
        self._is_broken = False

    @property
    def name(self) -> str:
        """`none` once loading has failed."""
        return "none" if self._is_broken else f"fastembed:{self._model_name}"

    def embed(self, texts: Sequence[str]) -> Vectors | None:
        """Unit vectors, or None where the library or the model is missing."""
        with self._lock:
            if self._model is None and not self._is_broken:
                self._load()
            if self._model is None:
                return None
            return unit_rows(np.stack(list(self._model.embed(list(texts), batch_size=BATCH))))

    def _load(self) -> None:
        try:
            self._model = import_module("fastembed").TextEmbedding(model_name=self._model_name)
        except Exception as cause:
            self._is_broken = True
            log.warning("fastembed unavailable: searching by words alone", error=type(cause).__name__, remedy=REMEDY)
