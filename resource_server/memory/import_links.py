"""Relations between imported records as edges of the graph, drawn once all records are there."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from resource_server.memory.graph.entities import FIND, entity_id_of
from resource_server.memory.graph.extracting import LONGEST_NAME, folded
from resource_server.memory.graph.links import draw
from resource_server.memory.graph.records import (
    MENTIONS,
    Draft,
    EndsBeforeItBeginsError,
    TooManyLinksError,
)
from resource_server.memory.importers.imported import Imported
from resource_server.memory.records import Author, NamedEntity
from resource_server.memory.vault import Connection

LONGEST_RELATION = 64
AT_ONCE = 300
EVER = "SELECT 1 FROM links WHERE source = ? AND relation = ? AND target = ? LIMIT 1"


@dataclass(frozen=True)
class Pending:
    """An edge whose target is a name."""

    source: str
    relation: str
    target: str
    valid_from: datetime | None


@dataclass
class ImportLinks:
    """What the records of one import call each other, and how they hang together."""

    _ids: dict[str, str] = field(default_factory=dict)
    _pending: list[Pending] = field(default_factory=list)

    def note(self, record: Imported, memory_id: str) -> None:
        """Says which memory a record is."""
        if not memory_id:
            return
        if record.name:
            self._ids.setdefault(record.name, memory_id)
        self._pending += [
            Pending(memory_id, relation, edge.target, record.happened_at)
            for edge in record.edges
            if (relation := relation_named(edge.relation))
        ]

    def chunks(self) -> Iterator[list[Pending]]:
        """As many as one transaction takes."""
        for start in range(0, len(self._pending), AT_ONCE):
            yield self._pending[start : start + AT_ONCE]

    def missing(self, connection: Connection, chunk: list[Pending], namespace: str) -> list[Pending]:
        """Those that were never drawn: what the person has ended since is not drawn again."""
        return [pending for pending in chunk if self._never_was(connection, pending, namespace)]

    def drawn(self, connection: Connection, chunk: list[Pending], namespace: str, author: Author) -> int:
        """Draws them, and says how many there are now."""
        return sum(self._is_drawn(connection, pending, namespace, author) for pending in chunk)

    def _never_was(self, connection: Connection, pending: Pending, namespace: str) -> bool:
        target = self._ids.get(pending.target)
        if target is None:
            if not folded(pending.target) or len(pending.target) > LONGEST_NAME:
                return False
            known = connection.execute(FIND, (namespace, folded(pending.target))).fetchone()
            target = known[0] if known else ""
        asked = (pending.source, pending.relation, target)
        return target != pending.source and connection.execute(EVER, asked).fetchone() is None

    def _is_drawn(self, connection: Connection, pending: Pending, namespace: str, author: Author) -> bool:
        named = NamedEntity(pending.target)
        target = self._ids.get(pending.target) or entity_id_of(connection, namespace, named)
        draft = Draft(
            namespace,
            pending.relation,
            pending.source,
            target,
            valid_from=pending.valid_from,
            batch=author.session_id,
        )
        try:
            draw(connection, draft, author)
        except (TooManyLinksError, EndsBeforeItBeginsError):
            return False
        return True


def relation_named(name: str) -> str:
    """As the graph's tools write relations: `Works at` is works_at. Empty where nothing is left."""
    plain = re.sub(r"\W+", "_", name.strip()).casefold().strip("_")[:LONGEST_RELATION]
    return f"{plain}_by_name" if plain == MENTIONS else plain
