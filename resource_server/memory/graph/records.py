"""What the graph is made of: entities, edges, and what a walk or a question of kinship brings back."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from pydantic import JsonValue

from resource_server.memory.records import Author, Memory

MENTIONS = "mentions"
"""The relation of a memory to an entity that its text names; made by rules, never by a link."""

MAX_DEPTH = 4
MAX_FAN_OUT = 50
MAX_NODES = 200
"""How many memories and entities a walk meets before it is cut."""

MAX_PATHS = 5


@dataclass(frozen=True)
class Entity:
    """Somebody or something that memories of one namespace tell of."""

    id: str
    namespace: str
    name: str = field(repr=False)
    type: str
    created_at: datetime


Node = Memory | Entity


class Direction(StrEnum):
    """Which edges of a node are followed."""

    OUT = "out"
    IN = "in"
    BOTH = "both"


@dataclass(frozen=True)
class Edge:
    """`source` relation `target`, true from `valid_from` until before `valid_to`, or still.

    Written at `created_at`; replaced by another version of itself at `retired_at`. A mention has no id: it follows from
    its memory, and its author is that of the memory.
    """

    id: str | None
    namespace: str
    source: str
    target: str
    relation: str
    weight: float
    valid_from: datetime
    valid_to: datetime | None
    created_at: datetime
    author: Author
    retired_at: datetime | None = None
    properties: dict[str, JsonValue] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Draft:
    """An edge before it is written. None leaves to the graph what was not said.

    `replaces` ends what the source is linked to by the same relation: for what holds one at a time.
    """

    namespace: str
    relation: str
    source: str = ""
    target: str = ""
    weight: float | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    properties: dict[str, JsonValue] | None = None
    batch: str | None = None
    replaces: bool = False


@dataclass(frozen=True)
class Question:
    """Which edges a walk may take: true `at` an instant, as written down `as_of` another; None is now.

    `history` asks for edges of every time instead.
    """

    relations: tuple[str, ...] = ()
    direction: Direction = Direction.BOTH
    at: datetime | None = None
    as_of: datetime | None = None
    history: bool = False
    depth: int = 1
    fan_out: int = 20


@dataclass(frozen=True)
class Walk:
    """What was met, in the order it was met. `paths` are ids of nodes; `cut` says that there was more."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    cut: bool
    paths: tuple[tuple[str, ...], ...] = ()


class BondKind(StrEnum):
    """Why two memories hang together."""

    LINK = "link"
    ENTITY = "entity"
    USED_TOGETHER = "used together"
    MEANING = "meaning"


@dataclass(frozen=True)
class Bond:
    """One reason, between 0 and 1, and in words: the relation, or the name both mention."""

    kind: BondKind
    strength: float
    by: str = ""


@dataclass(frozen=True)
class Related:
    """A memory that hangs together with another, and why."""

    memory: Memory
    score: float
    bonds: tuple[Bond, ...]


class TooManyLinksError(ValueError):
    """A node has as many edges as one may have."""


class EndsBeforeItBeginsError(ValueError):
    """An edge cannot end before it was true."""


class NotAcceptedError(RuntimeError):
    """What the app writes waits for the person, and edges cannot wait."""
