"""An embedder for tests: words that mean the same point in the same direction, and nothing else does."""

from collections.abc import Sequence

import numpy as np

from resource_server.memory.embeddings import Vectors, unit_rows

DIMENSIONS = 64
SAME = {"tooth": "dentist", "teeth": "dentist", "espresso": "coffee", "automobile": "car", "physician": "doctor"}


class MeaningEmbedder:
    """Deterministic, and exact about the few synonyms it knows."""

    name = "meanings-64"

    def embed(self, texts: Sequence[str]) -> Vectors:
        """The sum of one direction a word, scaled to length 1."""
        return unit_rows(np.stack([self._vector(text) for text in texts]))

    def _vector(self, text: str) -> Vectors:
        vector = np.zeros(DIMENSIONS, dtype=np.float32)
        for word in text.casefold().split():
            meaning = SAME.get(word, word)
            vector += np.random.default_rng(list(meaning.encode())).standard_normal(DIMENSIONS).astype(np.float32)
        return vector
