"""The edges of a node as one question sees them.

What may not be seen is left out by the database, edge by edge, before anything is counted or cut.
"""

import json

from resource_server.memory.graph.known_then import known
from resource_server.memory.graph.links import AUTHOR, EDGE, edge_from
from resource_server.memory.graph.nodes import SEEN_END, SEEN_ENTITY
from resource_server.memory.graph.records import MENTIONS, Direction, Edge, Question
from resource_server.memory.records import Author
from resource_server.memory.rows import EPOCH, LIVE, SEEN, instant, microseconds, seen
from resource_server.memory.vault import Connection
from shared.authorization_details import NamespaceSet
from shared.clock import now

TRUE_THEN = """
    (:history OR (
        created_at <= :as_of AND (retired_at IS NULL OR retired_at > :as_of)
        AND valid_from <= :at AND (valid_to IS NULL OR valid_to > :at)
    ))
"""
RELATED_SO = "(:relations = '[]' OR relation IN (SELECT value FROM json_each(:relations)))"


def _links(this_end: str, other_end: str) -> str:
    return f"""
        SELECT {EDGE} FROM links
        WHERE {this_end} = :node AND {SEEN} AND {TRUE_THEN} AND {RELATED_SO}
        AND {SEEN_END.format(end=f"links.{other_end}")}
        ORDER BY weight DESC, valid_from DESC, number DESC LIMIT :limit
    """  # noqa: S608 (constants)


OUTGOING, INCOMING = _links("source", "target"), _links("target", "source")
SPOKEN_OF = f"""
    SELECT memories.namespace, memory_id, entity_id, happened_at, memories.created_at, {", ".join(AUTHOR)}
    FROM mentions JOIN memories ON memories.id = mentions.memory_id
    WHERE {{end}} = :node AND (:history OR (happened_at <= :at AND memories.created_at <= :as_of))
    AND {LIVE} AND {SEEN} AND {SEEN_ENTITY.format(end="mentions.entity_id")}
    ORDER BY mentions.rowid DESC LIMIT :limit
"""  # noqa: S608 (constants)
BY_MEMORY, BY_ENTITY = SPOKEN_OF.format(end="mentions.memory_id"), SPOKEN_OF.format(end="mentions.entity_id")


class Surroundings:
    """The edges of one node after another, as one question sees them."""

    def __init__(self, connection: Connection, question: Question, namespaces: NamespaceSet) -> None:
        at = now()
        self.connection, self.question, self.cut = known(connection, question.as_of), question, False
        self.asked = {
            **seen(namespaces, at),
            "at": microseconds(question.at or at),
            "as_of": microseconds(question.as_of or at),
            "history": question.history,
            "relations": json.dumps(question.relations, ensure_ascii=False),
            "limit": question.fan_out + 1,
        }

    def of(self, node: str, direction: Direction) -> list[Edge]:
        """At most `fan_out` edges, the heaviest links first, then mentions, the latest first."""
        edges: list[Edge] = []
        if direction is not Direction.IN:
            edges += self._links(OUTGOING, node) + self._mentions(BY_MEMORY, node)
        if direction is not Direction.OUT:
            edges += self._links(INCOMING, node) + self._mentions(BY_ENTITY, node)
        # Stable: links before mentions, and within each kind the order of the database.
        edges.sort(key=lambda edge: edge.relation == MENTIONS)
        self.cut = self.cut or len(edges) > self.question.fan_out
        return edges[: self.question.fan_out]

    def _links(self, statement: str, node: str) -> list[Edge]:
        return [edge_from(row) for row in self.connection.execute(statement, {**self.asked, "node": node}).fetchall()]

    def _mentions(self, statement: str, node: str) -> list[Edge]:
        if self.question.relations and MENTIONS not in self.question.relations:
            return []
        return [_mention(*row) for row in self.connection.execute(statement, {**self.asked, "node": node}).fetchall()]


def _mention(namespace: str, memory_id: str, entity_id: str, happened_at: int, created_at: int, *author: str) -> Edge:
    valid_from, written_at = instant(happened_at) or EPOCH, instant(created_at) or EPOCH
    by = Author(**dict(zip(AUTHOR, author, strict=True)))
    return Edge(None, namespace, memory_id, entity_id, MENTIONS, 1.0, valid_from, None, written_at, author=by)
