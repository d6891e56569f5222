"""The shortest paths between two nodes, walked from both ends at once."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice, pairwise

from resource_server.memory.graph.nodes import nodes_with
from resource_server.memory.graph.records import MAX_NODES, MAX_PATHS, Direction, Edge, Question, Walk
from resource_server.memory.graph.surroundings import Surroundings
from resource_server.memory.graph.walking import identity, other_end
from resource_server.memory.vault import Connection
from shared.authorization_details import NamespaceSet

OPPOSITE = {Direction.OUT: Direction.IN, Direction.IN: Direction.OUT, Direction.BOTH: Direction.BOTH}
Way = tuple[str, ...]
"""The ids of the nodes of a path, in order."""


@dataclass
class _Side:
    """What was met from one end: how far away each node is, and from which nodes it was reached first."""

    frontier: list[str]
    direction: Direction
    distance: dict[str, int]
    before: dict[str, dict[str, None]] = field(default_factory=dict)
    edges: dict[frozenset[str], dict[tuple[str | None, str, str], Edge]] = field(default_factory=dict)
    steps: int = 0

    @classmethod
    def at(cls, nodes: list[str], direction: Direction) -> "_Side":
        """Not a step away from these nodes."""
        return cls(nodes, direction, dict.fromkeys(nodes, 0))

    def walk_on(self, around: Surroundings) -> None:
        """One step further in every direction."""
        self.steps += 1
        reached: dict[str, None] = {}
        for node in self.frontier:
            for edge in around.of(node, self.direction):
                other = other_end(edge, node)
                if other not in self.distance and len(self.distance) >= MAX_NODES:
                    around.cut = True
                elif self.distance.setdefault(other, self.steps) == self.steps:
                    reached[other] = None
                    self.before.setdefault(other, {})[node] = None
                    self.edges.setdefault(frozenset((node, other)), {})[identity(edge)] = edge
        self.frontier = list(reached)

    def ways_to(self, node: str) -> Iterable[Way]:
        """From an end to `node`, which comes last."""
        if not self.distance[node]:
            yield (node,)
            return
        for previous in self.before[node]:
            for way in self.ways_to(previous):
                yield (*way, node)


def paths(
    connection: Connection, starts: list[str], ends: list[str], question: Question, namespaces: NamespaceSet
) -> Walk:
    """The shortest ways from one of `starts` to one of `ends`, of at most `depth` steps."""
    around = Surroundings(connection, question, namespaces)
    fore = _Side.at(starts, question.direction)
    back = _Side.at(ends, OPPOSITE[question.direction])
    while not _meeting(fore, back) and fore.steps + back.steps < question.depth and fore.frontier and back.frontier:
        (fore if len(fore.frontier) <= len(back.frontier) else back).walk_on(around)
    found = list(islice(_joined(fore, back), MAX_PATHS + 1))
    around.cut = around.cut or len(found) > MAX_PATHS
    ways = found[:MAX_PATHS]
    edges = {
        key: edge
        for way in ways
        for step in pairwise(way)
        for side in (fore, back)
        for key, edge in side.edges.get(frozenset(step), {}).items()
    }
    nodes = list(dict.fromkeys(node for way in ways for node in way))
    return Walk(
        tuple(nodes_with(around.connection, nodes, around.asked)), tuple(edges.values()), around.cut, tuple(ways)
    )


def _meeting(fore: _Side, back: _Side) -> list[str]:
    """Where both sides have been, as near to both as there is."""
    common = [node for node in fore.distance if node in back.distance]
    nearest = min((fore.distance[node] + back.distance[node] for node in common), default=0)
    return [node for node in common if fore.distance[node] + back.distance[node] == nearest]


def _joined(fore: _Side, back: _Side) -> Iterable[Way]:
    met_before = set()
    for node in _meeting(fore, back):
        for way in fore.ways_to(node):
            for back_way in back.ways_to(node):
                whole = (*way, *reversed(back_way[:-1]))
                if whole not in met_before:
                    met_before.add(whole)
                    yield whole
