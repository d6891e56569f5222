"""The embedder that the settings name."""

from collections.abc import Callable, Mapping

from resource_server.memory.embedders.fastembed import FastEmbedEmbedder
from resource_server.memory.embedders.openai_compatible import Endpoint, OpenAICompatibleEmbedder
from resource_server.memory.embedders.wordllama import WordLlamaEmbedder
from resource_server.memory.embeddings import Embedder, NoEmbedder
from resource_server.settings import Settings


def open_embedder(settings: Settings) -> Embedder:
    """Nothing is loaded and nobody is asked before the first text."""
    return OPENERS[settings.embedder](settings)


def _endpoint(settings: Settings) -> Embedder:
    return OpenAICompatibleEmbedder(
        Endpoint(
            url=settings.embedding_url,
            model=settings.embedding_model,
            key=settings.embedding_key,
            dimensions=settings.embedding_dimensions,
            timeout=settings.embedding_timeout,
        )
    )


OPENERS: Mapping[str, Callable[[Settings], Embedder]] = {
    "wordllama": lambda _settings: WordLlamaEmbedder(),
    "openai": _endpoint,
    "fastembed": lambda settings: FastEmbedEmbedder(settings.embedding_model),
    "none": lambda _settings: NoEmbedder(),
}
