"""Relations gathered by where they begin."""

from collections.abc import Iterable

from resource_server.memory.importers.imported import Edge

Edges = dict[str, tuple[Edge, ...]]
"""By the name of their source."""


def gathered(relations: Iterable[tuple[str, str, str]]) -> Edges:
    """Sources, relations and targets; one that lacks a part is left out, one said twice counts once."""
    found: dict[str, dict[Edge, None]] = {}
    for source, relation, target in relations:
        if source and relation and target:
            found.setdefault(source, {})[Edge(relation, target)] = None
    return {source: tuple(edges) for source, edges in found.items()}
