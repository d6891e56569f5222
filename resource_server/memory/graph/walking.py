"""Walks over the graph: breadth first, within bounds, over nothing that the walker may not see."""

from resource_server.memory.graph.nodes import nodes_with
from resource_server.memory.graph.records import MAX_NODES, Edge, Question, Walk
from resource_server.memory.graph.surroundings import Surroundings
from resource_server.memory.vault import Connection
from shared.authorization_details import NamespaceSet


def neighbours(connection: Connection, starts: list[str], question: Question, namespaces: NamespaceSet) -> Walk:
    """Everything within `depth` steps of the nodes to start from, which the caller may see."""
    around = Surroundings(connection, question, namespaces)
    edges: dict[tuple[str | None, str, str], Edge] = {}
    met, frontier = dict.fromkeys(starts), list(starts)
    for _ in range(question.depth):
        reached: dict[str, None] = {}
        for node in frontier:
            for edge in around.of(node, question.direction):
                other = other_end(edge, node)
                if other not in met and len(met) >= MAX_NODES:
                    around.cut = True
                    continue
                if other not in met:
                    met[other] = reached[other] = None
                edges.setdefault(identity(edge), edge)
        frontier = list(reached)
    return Walk(tuple(nodes_with(around.connection, list(met), around.asked)), tuple(edges.values()), around.cut)


def other_end(edge: Edge, node: str) -> str:
    """Where an edge leads from `node`."""
    return edge.target if edge.source == node else edge.source


def identity(edge: Edge) -> tuple[str | None, str, str]:
    """What tells edges apart; mentions have no id."""
    return edge.id, edge.source, edge.target
