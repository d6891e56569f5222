"""What this server is, and what the connection may do here."""

from dataclasses import dataclass
from importlib.metadata import version
from typing import Literal

from pydantic import Field

from resource_server.context.memories import MyMemories
from resource_server.memory.store import MemoryStores
from resource_server.tools.memory_answers import Answer
from resource_server.tools.requires import requires
from shared.scopes import Scope


@dataclass(frozen=True)
class ServerFacts:
    """What a tool may ask about the server: nothing about anybody."""

    stores: MemoryStores


class Status(Answer):
    """The server in a few words, and the reach of this connection."""

    status: Literal["ok"] = "ok"
    name: str = "Ostiary"
    version: str
    backend: str = Field(description="How memories are stored.")
    embedder: str = Field(description="What searches by meaning; none where search goes by words alone.")
    search: Literal["words and meaning", "words alone"]
    waiting_for_vectors: int = Field(
        description="Memories found by their words alone until the embedder has come to them; 0 when all are done."
    )
    may_read: tuple[str, ...] = Field(description="Namespaces; * for all.")
    may_write: tuple[str, ...] = Field(description="Namespaces; * for all.")


@requires(Scope.MEMORY_READ, title="Server status")
def server_status(memories: MyMemories, server: ServerFacts) -> Status:
    """What this memory server is, how it searches, and which namespaces this connection may read and write."""
    facts = server.stores.facts()
    return Status(
        version=version("ostiary"),
        backend=str(facts["backend"]),
        embedder=str(facts["embedder"]),
        search="words alone" if facts["embedder"] == "none" else "words and meaning",
        waiting_for_vectors=memories.unembedded(),
        may_read=memories.reach.readable.listed(),
        may_write=memories.reach.writable.listed(),
    )


TOOLS = (server_status,)
