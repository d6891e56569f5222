"""What a document is, beside the memories that are its chunks."""

from dataclasses import dataclass, field
from datetime import datetime

from pydantic import JsonValue

from resource_server.memory.records import Memory


@dataclass(frozen=True)
class DocumentDraft:
    """A document before it is stored: its text, and where it came from (a file's name or an address, or nothing)."""

    namespace: str
    title: str = field(repr=False)
    text: str = field(repr=False)
    media_type: str
    origin: str = field(default="", repr=False)
    tags: tuple[str, ...] = field(default=(), repr=False)
    metadata: dict[str, JsonValue] = field(default_factory=dict, repr=False)
    batch: str | None = None


@dataclass(frozen=True)
class Document:
    """A stored document; `digest` is SHA-256 of its text, in hexadecimal digits."""

    id: str
    namespace: str
    title: str = field(repr=False)
    media_type: str
    origin: str = field(repr=False)
    digest: str
    metadata: dict[str, JsonValue] = field(repr=False)
    chunks: int
    created_at: datetime


@dataclass(frozen=True)
class Reading:
    """Some chunks of a document, in their order; `after` says how many follow."""

    document: Document
    chunks: tuple[Memory, ...] = field(repr=False)
    after: int


class TooManyChunksError(ValueError):
    """The text falls into more chunks than one document may have."""
