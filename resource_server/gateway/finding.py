"""What finding tools needs, put together from the settings."""

from dataclasses import dataclass

from resource_server.gateway.gateway import Gateway
from resource_server.gateway.model_ranking import SECONDS, ModelRanking
from resource_server.gateway.pins import Pins
from resource_server.gateway.tool_search import ToolSearch
from resource_server.memory.conversations.chat.endpoint import ChatEndpoint
from resource_server.memory.embeddings import Embedder
from resource_server.settings import Settings


@dataclass(frozen=True)
class ToolFinding:
    """One for all callers; without a `ranking`, words and meaning alone decide."""

    gateway: Gateway
    search: ToolSearch
    pins: Pins
    ranking: ModelRanking | None = None


def open_tool_finding(settings: Settings, gateway: Gateway, embedder: Embedder) -> ToolFinding:
    """With the embedder of memories, and with the chat endpoint where it may be asked."""
    ranking = None
    if settings.chat_ranks_tools and settings.chat_url and settings.chat_model:
        key = settings.chat_key.get_secret_value() if settings.chat_key else ""
        seconds = min(settings.chat_seconds, SECONDS)
        ranking = ModelRanking(ChatEndpoint(settings.chat_url, settings.chat_model, key, seconds))
    return ToolFinding(gateway, ToolSearch(embedder), Pins(gateway.upstreams.engine), ranking)
