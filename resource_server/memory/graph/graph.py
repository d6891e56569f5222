"""One person's graph: what may be asked of it and drawn into it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from resource_server.memory.graph import links
from resource_server.memory.graph.entities import entity_id_of
from resource_server.memory.graph.kinship import Names, names_in, related
from resource_server.memory.graph.known_then import known
from resource_server.memory.graph.nodes import nodes_called, nodes_with
from resource_server.memory.graph.paths import paths
from resource_server.memory.graph.records import (
    Draft,
    Edge,
    Node,
    NotAcceptedError,
    Question,
    Related,
    Walk,
)
from resource_server.memory.graph.topics import Topics, topics
from resource_server.memory.graph.walking import neighbours
from resource_server.memory.quarantine import holds_back
from resource_server.memory.quotas import DEFAULT_QUOTAS, Quotas
from resource_server.memory.records import Filters, Memory, NamedEntity, Signed
from resource_server.memory.rows import seen
from resource_server.memory.vault import Connection
from resource_server.memory.vault_access import VaultAccess
from shared.authorization_details import NamespaceSet
from shared.clock import now

End = str | NamedEntity
"""The id of a node, or the name of an entity."""


@dataclass(frozen=True)
class Graph:
    """The graph in one person's vault. Reads see what `namespaces` allow; the rest does not exist."""

    vault: VaultAccess
    quotas: Quotas = DEFAULT_QUOTAS

    def called(self, name: str, namespaces: NamespaceSet, as_of: datetime | None = None) -> list[Node]:
        """What an id, a key or the name of an entity means; one node a namespace at most, none where nothing is so."""
        asked = seen(namespaces, now())
        return self.vault.read(lambda connection: nodes_called(known(connection, as_of), name, asked))

    def walk(self, starts: list[str], question: Question, namespaces: NamespaceSet) -> Walk:
        """What lies within `depth` steps of these nodes."""
        return self.vault.read(lambda connection: neighbours(connection, starts, question, namespaces))

    def paths(self, starts: list[str], ends: list[str], question: Question, namespaces: NamespaceSet) -> Walk:
        """The shortest ways between these nodes."""
        return self.vault.read(lambda connection: paths(connection, starts, ends, question, namespaces))

    def names_in(self, memory_id: str) -> Names:
        """What a memory mentions."""
        return self.vault.read(lambda connection: names_in(connection, memory_id))

    def related(
        self,
        memory: Memory,
        near: Mapping[str, float],
        namespaces: NamespaceSet,
        hops: int,
        limit: int,
        names: Names | None = None,
    ) -> list[Related]:
        """The memories most bound to this one, best first; `near` has those near in meaning, by id, 0 to 1.

        `names` are those that it mentions, where it lies in another vault.
        """
        return self.vault.read(
            lambda connection: related(connection, memory, near, namespaces, hops, limit, now(), names)
        )

    def topics(self, filters: Filters, kind: str | None, limit: int) -> Topics:
        """What comes up in the memories that fit."""
        return self.vault.read(lambda connection: topics(connection, filters, kind, limit))

    def link(
        self, draft: Draft, ends: tuple[End, End], namespaces: NamespaceSet, signed: Signed
    ) -> tuple[Edge, Node, Node] | None:
        """The edge as it stands now, and its ends: ids of nodes, or entities, made where there are none so named.

        None where an id names nothing that may be seen. Raises TooManyLinksError, EndsBeforeItBeginsError,
        QuotaReachedError and NotAcceptedError.
        """

        def work(connection: Connection) -> tuple[Edge, Node, Node] | None:
            if holds_back(connection, signed.author.client_id):
                raise NotAcceptedError("what this app writes waits for the person")
            self.quotas.check(connection, adds=False)
            asked = seen(namespaces, now())
            ids = [end for end in ends if isinstance(end, str)]
            if len(nodes_with(connection, ids, asked)) < len(ids):
                return None
            source, target = (_id_of(connection, draft.namespace, end) for end in ends)
            whole = replace(draft, source=source, target=target)
            edge = links.draw(
                connection, whole, signed.author, lambda other: bool(nodes_with(connection, [other.target], asked))
            )
            first, last = nodes_with(connection, [source, target], asked)
            return edge, first, last

        return self.vault.written(signed, work)


def _id_of(connection: Connection, namespace: str, end: End) -> str:
    return end if isinstance(end, str) else entity_id_of(connection, namespace, end)
