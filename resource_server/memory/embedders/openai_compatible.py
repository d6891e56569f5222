"""Any endpoint that answers as OpenAI's `POST /v1/embeddings`: OpenAI, Ollama, llama.cpp, vLLM, LM Studio, LiteLLM.

The address is a setting of who runs the server, so it may lie in a private network; no user can name another one.
Redirects are not followed, answers are bounded, and a failure is no error of whoever stores or searches.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic
from typing import Any

import httpx2
import numpy as np
import structlog
from pydantic import BaseModel, SecretStr, TypeAdapter, ValidationError

from resource_server.memory.embeddings import Vectors, unit_rows

BATCH = 64
LONGEST_TEXT = 8000
"""Characters of a text that are sent: about what such models read."""

BYTES_A_NUMBER = 40
REST_SECONDS = 15
"""After a failure nobody waits for the endpoint for so long."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Endpoint:
    """Where it is and what to ask for; `dimensions` are those of the model, or fewer where it may be cut short."""

    url: str
    model: str
    key: SecretStr | None = field(repr=False)
    dimensions: int
    timeout: float


class Embedding(BaseModel):
    """One of the answer's vectors, and which text it is of."""

    index: int
    embedding: list[float]


class UnusableAnswerError(ValueError):
    """The endpoint answered something else than the vectors that were asked for."""


class OpenAICompatibleEmbedder:
    """Sends texts to the endpoint in batches. None while it fails: the vectors are made later."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._lock = Lock()
        self._client: httpx2.Client | None = None
        self._rests_until = 0.0

    @property
    def name(self) -> str:
        """Model and dimensions: the same model elsewhere makes the same vectors."""
        return f"openai:{self._endpoint.model}-{self._endpoint.dimensions}"

    def embed(self, texts: Sequence[str]) -> Vectors | None:
        """Unit vectors, or None where the endpoint does not answer as it should."""
        if monotonic() < self._rests_until:
            return None
        try:
            parts = [self._asked(texts[start : start + BATCH]) for start in range(0, len(texts), BATCH)]
        except (httpx2.HTTPError, ValidationError, UnusableAnswerError) as cause:
            self._rests_until = monotonic() + REST_SECONDS
            log.warning("embeddings endpoint failed: searching by words meanwhile", error=_reason(cause))
            return None
        return unit_rows(np.concatenate(parts)) if parts else np.zeros((0, self._endpoint.dimensions), np.float32)

    def _asked(self, texts: Sequence[str]) -> Vectors:
        asked = {"model": self._endpoint.model, "input": [text[:LONGEST_TEXT] or " " for text in texts]}
        ends = monotonic() + self._endpoint.timeout
        with self._opened().stream("POST", self._endpoint.url, json=asked) as response:
            if response.status_code != 200:
                raise UnusableAnswerError(f"status {response.status_code}")
            body = bytearray()
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > self._most(len(texts)):
                    raise UnusableAnswerError("the answer is too long")
                if monotonic() > ends:
                    raise UnusableAnswerError("the answer comes too slowly")
        return self._vectors(bytes(body), len(texts))

    def _vectors(self, body: bytes, count: int) -> Vectors:
        answer = TypeAdapter(dict[str, Any]).validate_json(body)
        found = sorted(TypeAdapter(list[Embedding]).validate_python(answer.get("data")), key=lambda one: one.index)
        if [one.index for one in found] != list(range(count)):
            raise UnusableAnswerError("the answer lacks texts")
        wanted = self._endpoint.dimensions
        if any(len(one.embedding) < wanted for one in found):
            raise UnusableAnswerError(f"fewer than {wanted} dimensions; set OSTIARY_RESOURCE_EMBEDDING_DIMENSIONS")
        vectors = np.array([one.embedding[:wanted] for one in found], np.float32)
        if not np.isfinite(vectors).all():
            raise UnusableAnswerError("a number is none")
        return vectors

    def _most(self, count: int) -> int:
        return 65_536 + count * max(self._endpoint.dimensions, 8192) * BYTES_A_NUMBER

    def _opened(self) -> httpx2.Client:
        with self._lock:
            if self._client is None:
                key = self._endpoint.key
                headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}
                self._client = httpx2.Client(timeout=self._endpoint.timeout, headers=headers, follow_redirects=False)
            return self._client


def _reason(cause: Exception) -> str:
    """What is said in the log: never the texts that an answer may repeat."""
    return str(cause) if isinstance(cause, UnusableAnswerError) else type(cause).__name__
