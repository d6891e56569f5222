"""The caller's graph."""

from collections.abc import Sequence
from dataclasses import replace

from resource_server.context.caller import Caller, ToolError
from resource_server.context.reach import Reach
from resource_server.context.wanted import Wanted
from resource_server.memory.graph.graph import End
from resource_server.memory.graph.records import (
    Draft,
    Edge,
    EndsBeforeItBeginsError,
    Node,
    NotAcceptedError,
    Question,
    Related,
    TooManyLinksError,
    Walk,
)
from resource_server.memory.graph.topics import Topics
from resource_server.memory.records import Filters, Memory, NamedEntity
from resource_server.memory.sharing.graph import CombinedGraph, LinkAcrossVaultsError
from resource_server.memory.store import MemoryStores
from shared.authorization_details import NamespaceSet

IDS = ("mem_", "ent_")
NEAREST = 12
"""So many memories near in meaning are looked at."""

NEAR = 0.25
LONGEST_QUESTION = 1_000


class MyGraph:
    """The caller's graph, as far as the grant reaches: a node or edge that may not be read leads nowhere.

    Nodes are called by id, by the key of a memory, or by the name of an entity. Methods raise ToolError for what the
    model can mend.
    """

    def __init__(self, stores: MemoryStores, caller: Caller, tool: str) -> None:
        self.reach = Reach(caller, tool)
        self._graph = CombinedGraph(stores.places_of(caller.user_id), stores.quotas)
        self._memories = stores.of(caller.user_id)

    def link(
        self, source: NamedEntity, target: NamedEntity, namespace: str | None, draft: Draft
    ) -> tuple[Edge, Node, Node]:
        """The edge as it stands now, and its ends; names that nothing bears become entities of the edge's namespace."""
        found = [self._end(end.name, namespace) for end in (source, target)]
        known = [node for node in found if node is not None]
        home = self._home(namespace, known)
        ends: tuple[End, End] = (
            found[0].id if found[0] else source,
            found[1].id if found[1] else target,
        )
        if ends[0] == ends[1]:
            raise ToolError("source and target are the same. Link two different things.")
        try:
            whole = replace(draft, namespace=home)
            drawn = self._graph.link(whole, ends, known, self.reach.readable, self.reach.signed)
        except LinkAcrossVaultsError as refused:
            raise ToolError(str(refused)) from None
        except TooManyLinksError:
            raise ToolError("One of the two has too many links already. Link to something more particular.") from None
        except NotAcceptedError:
            raise ToolError("Not linked: the person has not accepted yet what this app writes.") from None
        except EndsBeforeItBeginsError:
            raise ToolError("valid_to comes before valid_from. Give both for what is over already.") from None
        if drawn is None:
            raise ToolError("The memory was deleted or expired meanwhile.")
        return drawn

    def around(self, name: str, namespace: str | None, question: Question) -> Walk:
        """What lies around a node."""
        namespaces = self.reach.reading(namespace)
        return self._graph.walk(self._called(name, namespaces, question), question, namespaces)

    def between(self, name: str, other: str, namespace: str | None, question: Question) -> Walk:
        """The shortest ways between two nodes."""
        namespaces = self.reach.reading(namespace)
        starts, ends = (self._called(one, namespaces, question) for one in (name, other))
        return self._graph.paths(starts, ends, question, namespaces)

    def related(self, name: str, namespace: str | None, hops: int, limit: int) -> list[Related]:
        """What hangs together with one memory, best first."""
        namespaces = self.reach.reading(namespace)
        memory = self._memory(name)
        hits = self._memories.search(memory.text[:LONGEST_QUESTION], Filters(namespaces), NEAREST)
        near = {hit.memory.id: hit.meaning for hit in hits if hit.meaning >= NEAR}
        return self._graph.related(memory, near, namespaces, hops, limit)

    def topics(self, wanted: Wanted, kind: str | None, limit: int) -> Topics:
        """What comes up in the memories that are wanted."""
        return self._graph.topics(wanted.within(self.reach), kind, limit)

    def _memory(self, name: str) -> Memory:
        found = [node for node in self._graph.called(name, self.reach.readable) if isinstance(node, Memory)]
        if not found:
            raise ToolError("There is no memory with that id or key.")
        if len(found) > 1:
            raise ToolError(f"Several namespaces hold that key: {_places(found)}. Give the id.")
        return found[0]

    def _called(self, name: str, namespaces: NamespaceSet, question: Question) -> list[Node]:
        found = self._graph.called(name, namespaces, question.as_of)
        if not found:
            then = "" if question.as_of is None else " Nor was there one at that time."
            raise ToolError(f"There is no memory with that id or key, and no entity of that name.{then}")
        return found

    def _end(self, name: str, namespace: str | None) -> Node | None:
        """A node that exists: a memory, or what an id names. Names of entities wait for the edge's namespace."""
        found = [
            node
            for node in self._graph.called(name, self.reach.readable)
            if isinstance(node, Memory) or node.id == name
        ]
        if not found and name.startswith(IDS):
            raise ToolError("There is no memory or entity with that id.")
        if len(found) > 1:
            here = [node for node in found if node.namespace == namespace]
            if not here:
                raise ToolError(f"Several namespaces hold that key: {_places(found)}. Name one, or give the id.")
            return here[0]
        return found[0] if found else None

    def _home(self, namespace: str | None, ends: list[Node]) -> str:
        """The edge's namespace: the one named, else that of an end, else where this connection writes."""
        of_ends = [node.namespace for node in ends if node.namespace in self.reach.writable]
        home = namespace or (of_ends[0] if of_ends else self.reach.writing_to(None))
        self.reach.writing(home)
        self.reach.reading(home)
        for node in ends:
            if node.namespace != home:
                self.reach.writing(node.namespace)
        return home


def _places(nodes: Sequence[Node]) -> str:
    return ", ".join(sorted(node.namespace for node in nodes))
