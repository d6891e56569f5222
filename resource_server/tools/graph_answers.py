"""What graph tools answer: names and titles are quoted data, with who drew each edge."""

from datetime import datetime

from pydantic import Field, JsonValue

from resource_server.memory.graph.records import Edge, Node, Walk
from resource_server.memory.records import Memory
from resource_server.tools.memory_answers import NOTICE, Answer, SavedBy, saved_by
from resource_server.tools.titles import title_of

MORE = "There is more than is shown: ask for one relation, a smaller depth or a larger fan_out."


class NodeAnswer(Answer):
    """A memory by its title, or an entity by its name."""

    id: str
    is_memory: bool
    namespace: str
    name: str
    type: str = Field(description="The kind of the memory, or what the entity is.")


class EdgeAnswer(Answer):
    """One edge. Mentions have no id: they follow from the text of a memory, and are by who wrote it."""

    id: str | None
    namespace: str
    source: str
    relation: str
    target: str
    weight: float
    valid_from: datetime
    valid_to: datetime | None
    properties: dict[str, JsonValue]
    saved_at: datetime
    replaced_at: datetime | None = Field(description="When another version took its place; null for the present one.")
    saved_by: SavedBy


class Linked(Answer):
    """The edge as it stands now."""

    notice: str = NOTICE
    edge: EdgeAnswer
    source: NodeAnswer
    target: NodeAnswer


class Surroundings(Answer):
    """Nodes in the order they were met, and the edges between them."""

    notice: str = NOTICE
    nodes: tuple[NodeAnswer, ...]
    edges: tuple[EdgeAnswer, ...]
    paths: tuple[tuple[str, ...], ...] = Field(
        description="Ids of nodes from one end to the other, shortest paths alone."
    )
    cut: bool
    advice: str | None


def node_answer(node: Node) -> NodeAnswer:
    """A node as an answer shows it."""
    if isinstance(node, Memory):
        return NodeAnswer(id=node.id, is_memory=True, namespace=node.namespace, name=title_of(node), type=node.kind)
    return NodeAnswer(id=node.id, is_memory=False, namespace=node.namespace, name=node.name, type=node.type)


def edge_answer(edge: Edge) -> EdgeAnswer:
    """An edge as an answer shows it."""
    return EdgeAnswer(
        id=edge.id,
        namespace=edge.namespace,
        source=edge.source,
        relation=edge.relation,
        target=edge.target,
        weight=edge.weight,
        valid_from=edge.valid_from,
        valid_to=edge.valid_to,
        properties=edge.properties,
        saved_at=edge.created_at,
        replaced_at=edge.retired_at,
        saved_by=saved_by(edge.author),
    )


def surroundings(walk: Walk) -> Surroundings:
    """A walk as an answer shows it."""
    return Surroundings(
        nodes=tuple(map(node_answer, walk.nodes)),
        edges=tuple(map(edge_answer, walk.edges)),
        paths=walk.paths,
        cut=walk.cut,
        advice=MORE if walk.cut else None,
    )
