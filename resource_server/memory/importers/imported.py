"""What an importer makes of a file: records in our own terms, and what it had to leave out."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import JsonValue

from resource_server.memory.importers.material import LeftOut, Material
from resource_server.memory.records import NOTE


@dataclass(frozen=True)
class Edge:
    """A relation to another record of the same import, or to what is only named there."""

    relation: str
    target: str


@dataclass(frozen=True)
class Imported:
    """One thing that another product remembered.

    `where` says which part of the file it came from. An instant without a zone is in the zone the person names.
    `owner` is the user it belonged to there; `name` is what other records' edges call it.
    """

    text: str = field(repr=False)
    where: str
    happened_at: datetime | None = None
    updated_at: datetime | None = None
    key: str | None = None
    tags: tuple[str, ...] = ()
    importance: float = 0.5
    metadata: dict[str, JsonValue] = field(default_factory=dict, repr=False)
    kind: str = NOTE
    conversation: str | None = None
    owner: str | None = None
    name: str | None = None
    edges: tuple[Edge, ...] = ()


Found = Imported | LeftOut


@dataclass(frozen=True)
class Format:
    """A product whose exports can be read. `name` is also the namespace its memories go to by default."""

    name: str
    title: str
    recognises: Callable[[Material], bool]
    read: Callable[[Material], Iterator[Found]]
