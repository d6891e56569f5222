"""The graph tools: draw typed, dated edges between memories and what they tell of, and follow them."""

from resource_server.context.graph import MyGraph
from resource_server.context.wanted import Wanted
from resource_server.memory.graph.records import MAX_DEPTH, Direction, Draft, Question
from resource_server.memory.records import NamedEntity
from resource_server.tools import graph_arguments as arg
from resource_server.tools.finding_arguments import ByApp
from resource_server.tools.graph_answers import Linked, Surroundings, edge_answer, node_answer, surroundings
from resource_server.tools.instants import Since, Until
from resource_server.tools.kinship_answers import About, Kin, about, kin
from resource_server.tools.memory_arguments import Limit, Namespace, NamespaceToWrite
from resource_server.tools.requires import requires
from shared.scopes import Scope
from shared.tool_sets import ToolSet


@requires(Scope.MEMORY_READ, Scope.MEMORY_WRITE, title="Link things", idempotent=True, tool_set=ToolSet.GRAPH)
def graph_link(
    graph: MyGraph,
    source: arg.Source,
    relation: arg.Relation,
    target: arg.Target,
    namespace: NamespaceToWrite = None,
    weight: arg.Weight = None,
    valid_from: arg.ValidFrom = None,
    valid_to: arg.ValidTo = None,
    replaces: arg.Replaces = False,
    source_type: arg.EntityType = None,
    target_type: arg.EntityType = None,
) -> Linked:
    """Say how two things hang together: two memories, a memory and a name, or two names (Ada works_at Analytical Ltd).

    Linking the same two again changes or, with valid_to, ends the link; what it was before stays in its history.
    """
    ends = NamedEntity(source, source_type or "name"), NamedEntity(target, target_type or "name")
    draft = Draft("", relation, weight=weight, valid_from=valid_from, valid_to=valid_to, replaces=replaces)
    edge, first, last = graph.link(*ends, namespace, draft)
    return Linked(edge=edge_answer(edge), source=node_answer(first), target=node_answer(last))


@requires(Scope.MEMORY_READ, title="Follow links", tool_set=ToolSet.GRAPH)
def graph_query(
    graph: MyGraph,
    node: arg.NodeName,
    to: arg.OtherNode = None,
    relations: arg.Relations = (),
    direction: arg.FollowedDirection = Direction.BOTH,
    depth: arg.Depth = None,
    at: arg.At = None,
    as_of: arg.AsOf = None,
    history: arg.History = False,
    fan_out: arg.FanOut = 20,
    namespace: Namespace = None,
) -> Surroundings:
    """What a memory, a person, a place or a thing is linked to, now or at another time; with `to`, how two are."""
    steps = depth or (1 if to is None else MAX_DEPTH)
    question = Question(relations, direction, at, as_of, history, steps, fan_out)
    walk = graph.around(node, namespace, question) if to is None else graph.between(node, to, namespace, question)
    return surroundings(walk)


@requires(Scope.MEMORY_READ, title="What hangs together", tool_set=ToolSet.GRAPH)
def memory_related(
    graph: MyGraph,
    memory: arg.MemoryName,
    hops: arg.Hops = 2,
    limit: Limit = 10,
    namespace: Namespace = None,
) -> Kin:
    """What hangs together with one memory: by links, by names both mention, by joint use, by meaning; each with why."""
    return kin(graph.related(memory, namespace, hops, limit))


@requires(Scope.MEMORY_READ, title="What memory is about", tool_set=ToolSet.GRAPH)
def graph_topics(
    graph: MyGraph,
    type: arg.TopicType = None,
    since: Since = None,
    until: Until = None,
    app: ByApp = None,
    limit: Limit = 20,
    namespace: Namespace = None,
) -> About:
    """Which people, places and things come up most in the person's memory, and how much is of which app and month."""
    return about(graph.topics(Wanted(namespace, since=since, until=until, app=app), type, limit))


TOOLS = (graph_link, graph_query, memory_related, graph_topics)
