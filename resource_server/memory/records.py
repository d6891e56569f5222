"""What a memory is, and what goes into and comes out of a store."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from pydantic import JsonValue

from resource_server.memory.asked import Asked
from shared.authorization_details import NamespaceSet

NOTE = "note"
"""The kind of a memory that nobody said more about. Kinds are lower-case words that filters can ask for."""


class Source(StrEnum):
    """Where a memory's words come from, as the server or the writing app says."""

    SAID = "said"
    WRITTEN = "written"
    TOOL_OUTPUT = "tool-output"
    IMPORTED = "imported"


TRUST: dict[Source, float] = {Source.SAID: 1.0, Source.WRITTEN: 0.7, Source.IMPORTED: 0.5, Source.TOOL_OUTPUT: 0.3}
"""How far each source is believed: what the person said, what an app wrote of itself, files, what some tool printed."""


@dataclass(frozen=True)
class NamedEntity:
    """A name as a text or a caller gives it, and what bears it: person, place, email, or `name` if unsaid."""

    name: str
    type: str = "name"


@dataclass(frozen=True)
class Author:
    """Which app, under which grant, by which tool and in which session; stamped by the server, never an argument.

    `person` says whose app it was, in the vault of a shared namespace; in a person's own vault it is empty.
    """

    client_id: str
    grant_id: str
    tool: str
    client_name: str = ""
    session_id: str = ""
    person: str = ""

    @property
    def hand(self) -> str:
        """What tells an app from others: in the vault of a shared namespace, whose app it is as well."""
        return f"{self.person} {self.client_id}" if self.person else self.client_id


@dataclass(frozen=True)
class Memory:
    """One thing remembered. Instants are aware, in UTC; `author` is who wrote its present state.

    `happened_at` is when that took place of which it tells, and orders it within its `conversation`. `trust` lies
    between 0 and 1. A chunk stands at a `position` of a document. `batch` names the import that brought it.
    `superseded_by` is the id of a newer or more trusted memory that contradicts it; while `quarantined_at` is set it
    waits for the person and is found by nobody. `entities` are those that its writer named, beside what its text names.
    """

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
    happened_at: datetime
    kind: str = NOTE
    conversation: str | None = None
    source: Source = Source.WRITTEN
    trust: float = TRUST[Source.WRITTEN]
    document_id: str | None = None
    position: int | None = None
    batch: str | None = None
    superseded_by: str | None = None
    quarantined_at: datetime | None = None
    deleted_at: datetime | None = None
    entities: tuple[NamedEntity, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Draft:
    """A memory before it is stored. A `key` that the namespace already holds is updated.

    Without `happened_at` it happened now.
    """

    namespace: str
    text: str = field(repr=False)
    key: str | None = None
    tags: tuple[str, ...] = field(default=(), repr=False)
    importance: float = 0.5
    metadata: dict[str, JsonValue] = field(default_factory=dict, repr=False)
    expires_at: datetime | None = None
    happened_at: datetime | None = None
    kind: str = NOTE
    conversation: str | None = None
    source: Source = Source.WRITTEN
    document_id: str | None = None
    position: int | None = None
    batch: str | None = None
    entities: tuple[NamedEntity, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Kept:
    """What became of a draft: the memory, whether it is new, and the older ones that it seems to replace.

    `waits` is true for what lies in quarantine.
    """

    memory: Memory
    created: bool
    replaces: tuple[Memory, ...] = ()
    waits: bool = False


@dataclass(frozen=True)
class Changes:
    """What an update replaces; None leaves a field as it is. `stands`: nothing newer contradicts it after all."""

    text: str | None = field(default=None, repr=False)
    tags: tuple[str, ...] | None = field(default=None, repr=False)
    importance: float | None = None
    metadata: dict[str, JsonValue] | None = field(default=None, repr=False)
    expires_at: datetime | None = None
    never_expires: bool = False
    stands: bool = False
    entities: tuple[NamedEntity, ...] | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Signed:
    """A write's signature: its author, and `confirm`, called last before COMMIT; if it raises, nothing is written.

    `asked` is what the ledger tells of the call.
    """

    author: Author
    confirm: Callable[[], None] = field(repr=False)
    asked: Asked = field(default_factory=Asked, repr=False, compare=False)


@dataclass(frozen=True)
class Filters:
    """Which memories a question may see: namespaces always, every one of the tags, one of the kinds.

    `since` and `until` bound when it happened; `app` is the client id or the name of who wrote it; `as_of` asks what
    was known at an instant.
    """

    namespaces: NamespaceSet
    tags: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    app: str | None = None
    conversation: str | None = None
    as_of: datetime | None = None


@dataclass(frozen=True)
class Hit:
    """A memory found, and why: `words` and `meaning`, each between 0 and 1, make the score, `factors` lower it.

    `around` is what of `words` its neighbours in time lent. `alike` are the ids of memories that say the same and were
    left out for it.
    """

    memory: Memory
    score: float
    words: float
    meaning: float
    around: float = 0.0
    factors: Mapping[str, float] = field(default_factory=dict)
    alike: tuple[str, ...] = ()


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


class NoRoomError(RuntimeError):
    """Nothing more can be kept; the text says why, and what to do."""


class ReadOnlyNamespaceError(RuntimeError):
    """A shared namespace in which this cannot be written; the text says why, and what to do."""


class StoreBusyError(RuntimeError):
    """Another process has kept the person's memories locked for longer than one waits."""


class UnknownCursorError(ValueError):
    """The cursor was not made by this list."""
