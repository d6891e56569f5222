"""A person's graph, wherever it lies: each vault has its own, and no link leaves one."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from resource_server.memory.graph.extracting import folded
from resource_server.memory.graph.graph import End, Graph
from resource_server.memory.graph.records import MAX_NODES, MAX_PATHS, Draft, Edge, Node, Question, Related, Walk
from resource_server.memory.graph.topics import Topic, Topics
from resource_server.memory.quotas import DEFAULT_QUOTAS, Quotas
from resource_server.memory.records import Filters, Memory, Signed
from resource_server.memory.sharing.places import Place, Places
from shared.authorization_details import NamespaceSet

T = TypeVar("T")
MOST_COUNTED = 1_000
"""So many names of each vault are counted together, where several are asked."""


class LinkAcrossVaultsError(ValueError):
    """A link would lead out of a vault; the text says why that cannot be."""


@dataclass(frozen=True)
class CombinedGraph:
    """As Graph, over several vaults: each walks its own, and what they found is put together.

    A name that several vaults know is a node in each of them, as it is one in each namespace of one vault.
    """

    places: Places
    quotas: Quotas = DEFAULT_QUOTAS

    def called(self, name: str, namespaces: NamespaceSet, as_of: datetime | None = None) -> list[Node]:
        """What an id, a key or the name of an entity means; memories alone where there are any."""
        every = self._each(namespaces, lambda graph, inside: graph.called(name, inside, as_of))
        found = [node for nodes in every for node in nodes]
        return [node for node in found if isinstance(node, Memory)] or found

    def walk(self, starts: Sequence[Node], question: Question, namespaces: NamespaceSet) -> Walk:
        """What lies within `depth` steps of these nodes."""
        walks = []
        for place in self.places.every:
            if ids := self._here(place, starts):
                walks.append(place.told(self._graph(place).walk(ids, question, place.inside(namespaces))))
        return _together(walks)

    def paths(self, starts: Sequence[Node], ends: Sequence[Node], question: Question, namespaces: NamespaceSet) -> Walk:
        """The shortest ways between these nodes; none leads from one vault into another."""
        walks = []
        for place in self.places.every:
            ids, others = self._here(place, starts), self._here(place, ends)
            if ids and others:
                walks.append(place.told(self._graph(place).paths(ids, others, question, place.inside(namespaces))))
        shortest = min((len(path) for walk in walks for path in walk.paths), default=0)
        return _together([walk for walk in walks if any(len(path) == shortest for path in walk.paths)])

    def related(
        self, memory: Memory, near: Mapping[str, float], namespaces: NamespaceSet, hops: int, limit: int
    ) -> list[Related]:
        """The memories most bound to this one, best first: in other vaults by the same names and by meaning."""
        names = self._graph(self.places.of(memory.namespace)).names_in(memory.id)
        every = self._each(namespaces, lambda graph, inside: graph.related(memory, near, inside, hops, limit, names))
        found = [one for some in every for one in some]
        return sorted(found, key=lambda one: (-one.score, one.memory.id))[:limit]

    def topics(self, filters: Filters, kind: str | None, limit: int) -> Topics:
        """What comes up in the memories that fit."""
        most = limit if len(self.places.reached(filters.namespaces)) == 1 else MOST_COUNTED
        every = self._each(
            filters.namespaces, lambda graph, inside: graph.topics(replace(filters, namespaces=inside), kind, most)
        )
        return _counted(list(every), limit)

    def link(
        self, draft: Draft, ends: tuple[End, End], known: Iterable[Node], namespaces: NamespaceSet, signed: Signed
    ) -> tuple[Edge, Node, Node] | None:
        """As Graph.link, in the vault of the draft's namespace; `known` are the ends that exist.

        Raises LinkAcrossVaultsError, ReadOnlyNamespaceError and what Graph.link raises.
        """
        place = self.places.of(draft.namespace)
        for node in known:
            if self.places.of(node.namespace) is not place:
                raise LinkAcrossVaultsError(_why_not(draft.namespace, node.namespace))
        inside = replace(draft, namespace=place.stored_as(draft.namespace))
        return place.told(self._graph(place).link(inside, ends, place.inside(namespaces), place.signing(signed)))

    def _graph(self, place: Place) -> Graph:
        return Graph(place.vault, self.quotas)

    def _each(self, namespaces: NamespaceSet, ask: Callable[[Graph, NamespaceSet], T]) -> Iterator[T]:
        for place in self.places.reached(namespaces):
            yield place.told(ask(self._graph(place), place.inside(namespaces)))

    def _here(self, place: Place, nodes: Sequence[Node]) -> list[str]:
        """The ids of the nodes that lie in this vault."""
        return [node.id for node in nodes if self.places.of(node.namespace) is place]


def _why_not(home: str, other: str) -> str:
    return (
        f"A link cannot lead from the namespace {home!r} to {other!r}: what is shared lies apart, under a key of its "
        "own, and other people may read it. Link two things of the same shared namespace, or of the person's own "
        "memory; a memory stored in both can be linked in both."
    )


def _together(walks: list[Walk]) -> Walk:
    """One after the other, within the bounds of one walk."""
    nodes = [node for walk in walks for node in walk.nodes]
    paths = [path for walk in walks for path in walk.paths]
    met = {node.id for node in nodes[:MAX_NODES]}
    edges = (edge for walk in walks for edge in walk.edges if edge.source in met and edge.target in met)
    cut = any(walk.cut for walk in walks) or len(nodes) > MAX_NODES or len(paths) > MAX_PATHS
    return Walk(tuple(nodes[:MAX_NODES]), tuple(edges), cut, tuple(paths[:MAX_PATHS]))


def _counted(every: list[Topics], limit: int) -> Topics:
    if len(every) == 1:
        return every[0]
    named: dict[str, Topic] = {}
    for topic in (topic for one in every for topic in one.topics):
        known = named.get(folded(topic.name))
        named[folded(topic.name)] = topic if known is None else _added(known, topic)
    by_app, by_month = (sum((Counter(counts) for counts in some), Counter()) for some in _columns(every))
    best = sorted(named.items(), key=lambda one: (-one[1].memories, -one[1].last.timestamp(), one[0]))
    return Topics(
        tuple(topic for _, topic in best[:limit]),
        dict(sorted(by_app.items(), key=lambda one: (-one[1], one[0]))[:limit]),
        dict(sorted(by_month.items(), reverse=True)[:limit]),
    )


def _columns(every: list[Topics]) -> tuple[list[dict[str, int]], list[dict[str, int]]]:
    return [one.by_app for one in every], [one.by_month for one in every]


def _added(one: Topic, other: Topic) -> Topic:
    return replace(
        one,
        memories=one.memories + other.memories,
        first=min(one.first, other.first),
        last=max(one.last, other.last),
    )
