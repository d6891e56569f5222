"""What a memory is, and what goes into and comes out of a store."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import JsonValue

from shared.authorization_details import NamespaceSet


@dataclass(frozen=True)
class Author:
    """Which app, under which grant and by which tool; stamped by the server, never taken from arguments."""

    client_id: str
    grant_id: str
    tool: str
    client_name: str = ""


@dataclass(frozen=True)
class Memory:
    """One thing remembered. Instants are aware, in UTC; `author` is who wrote its present state."""

    id: str
    namespace: str
    key: str | None
    text: str = field(repr=False)
    tags: tuple[str, ...] = field(repr=False)
    importance: float
    metadata: dict[str, JsonValue] = field(repr=False)
    created_at: datetime
    updated_at: datetime
    expires_at: datetime | None
    author: Author
    deleted_at: datetime | None = None


@dataclass(frozen=True)
class Draft:
    """A memory before it is stored. A `key` that the namespace already holds is updated."""

    namespace: str
    text: str = field(repr=False)
    key: str | None = None
    tags: tuple[str, ...] = field(default=(), repr=False)
    importance: float = 0.5
    metadata: dict[str, JsonValue] = field(default_factory=dict, repr=False)
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Changes:
    """What an update replaces; None leaves a field as it is."""

    text: str | None = field(default=None, repr=False)
    tags: tuple[str, ...] | None = field(default=None, repr=False)
    importance: float | None = None
    metadata: dict[str, JsonValue] | None = field(default=None, repr=False)
    expires_at: datetime | None = None
    never_expires: bool = False


@dataclass(frozen=True)
class Signed:
    """A write's signature: its author, and `confirm`, called last before COMMIT; if it raises, nothing is written."""

    author: Author
    confirm: Callable[[], None] = field(repr=False)


@dataclass(frozen=True)
class Filters:
    """Which memories a question may see: namespaces always, and every one of the tags."""

    namespaces: NamespaceSet
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Hit:
    """A memory found, and why: `words` and `meaning` are the parts of `score`, each between 0 and 1."""

    memory: Memory
    score: float
    words: float
    meaning: float


@dataclass(frozen=True)
class Page:
    """Part of a list, newest first; `next_cursor` continues it, None ends it."""

    memories: tuple[Memory, ...]
    next_cursor: str | None


@dataclass(frozen=True)
class Stats:
    """Counts over what may be seen: live memories by namespace, those in the trash, characters of text."""

    by_namespace: dict[str, int]
    trashed: int
    characters: int
    oldest: datetime | None
    newest: datetime | None


class TooManyNamespacesError(ValueError):
    """The person has as many namespaces as a grant can name; one more would be out of reach."""


class StoreBusyError(RuntimeError):
    """Another process has kept the person's memories locked for longer than one waits."""


class UnknownCursorError(ValueError):
    """The cursor was not made by this list."""
