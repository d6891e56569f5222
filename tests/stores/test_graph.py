"""The graph of a vault: what is seen of it, how far a walk goes, and what leaves with a memory."""

from collections import deque
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resource_server.memory.graph.entities import entity_id_of
from resource_server.memory.graph.extracting import entities_in
from resource_server.memory.graph.graph import Graph
from resource_server.memory.graph.links import MOST_OF_A_NODE, draw
from resource_server.memory.graph.records import (
    MAX_NODES,
    Direction,
    NotAcceptedError,
    Question,
    TooManyLinksError,
)
from resource_server.memory.graph.records import Draft as Link
from resource_server.memory.quarantine import Quarantine
from resource_server.memory.records import Changes, Draft, Memory, NamedEntity
from resource_server.memory.store import MemoryStore
from resource_server.memory.vault import Connection
from resource_server.memory.vault_stores import VaultStores
from shared.authorization_details import NamespaceSet
from shared.ids import new_id
from tests.stores.conftest import EVERYTHING, OpenStores, signed_by

SPACES = ("home", "secret", "work")
MARCH = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def vaults(open_vaults: OpenStores) -> VaultStores:
    """One way to store is enough here: vectors play no part in the graph."""
    return open_vaults()


@pytest.fixture
def user_id() -> str:
    """A person."""
    return new_id("usr")


@pytest.fixture
def graph(vaults: VaultStores, user_id: str) -> Graph:
    """The graph of that person."""
    return Graph(vaults.vault_of(user_id))


@pytest.fixture
def store(vaults: VaultStores, user_id: str) -> MemoryStore:
    """The memories of that person."""
    return vaults.of(user_id)


def link(graph: Graph, source: str, target: str, namespace: str = "work", relation: str = "near") -> None:
    """Links two entities by name."""
    ends = NamedEntity(source), NamedEntity(target)
    assert graph.link(Link(namespace, relation), ends, EVERYTHING, signed_by()) is not None


def named(graph: Graph, name: str, namespaces: NamespaceSet = EVERYTHING) -> list[str]:
    """The ids of what is called so."""
    return [node.id for node in graph.called(name, namespaces)]


def names_around(graph: Graph, name: str, question: Question, namespaces: NamespaceSet = EVERYTHING) -> set[str]:
    """What a walk meets, by name or text."""
    walk = graph.walk(named(graph, name, namespaces), question, namespaces)
    return {node.text if isinstance(node, Memory) else node.name for node in walk.nodes}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Yesterday Ada Lovelace met Bob in Lisbon.", {"Ada Lovelace", "Bob", "Lisbon"}),
        ("The plan is good. Today we rest.", set()),
        ("NASA uses PostgreSQL and GitHub", {"NASA", "PostgreSQL", "GitHub"}),
        ("Der Hund von Ada Lovelace lief mit dem Ball in das Haus.", {"Ada Lovelace"}),
        ("Иван Петров живёт в Москве", {"Иван Петров", "Москве"}),
        ("Project Plan For The New Office", {"Project Plan", "Office"}),
        ("田中さんは2026年11月28日に来る", {"田中", "2026-11-28"}),
        ("write to Ada@Example.org or see https://www.example.com/a?b#c", {"ada@example.org", "example.com"}),
        ("ask @grace_h about #Compilers and #1 or #fff000", {"@grace_h", "#compilers"}),
        ("on 3 March 2026, 31.12.2025 and 2026-02-30", {"2026-03-03", "2025-12-31"}),
        ("EVERYTHING IS SHOUTED HERE", set()),
        ("Grace's plan and Ada Lovelace's tea", {"Ada Lovelace"}),
        ("Bank of England and El Greco de Toledo", {"Bank of England", "Greco de Toledo"}),
        ("", set()),
    ],
)
def test_entities_are_found_by_rules(text: str, names: set[str]) -> None:
    assert {entity.name for entity in entities_in(text)} == names


@given(st.text(max_size=400))
@settings(deadline=None, max_examples=100)
def test_any_text_names_a_bounded_number_of_things(text: str) -> None:
    found = entities_in(text)
    assert found == entities_in(text)
    assert len(found) <= 32
    assert all(0 < len(entity.name) <= 80 for entity in found)


def test_a_name_that_is_known_is_found_without_a_capital(graph: Graph, store: MemoryStore) -> None:
    store.put(Draft("work", "we moved to Kubernetes"), signed_by())
    store.put(Draft("work", "kubernetes is slow"), signed_by())
    store.put(Draft("home", "kubernetes is a word"), signed_by())
    assert names_around(graph, "Kubernetes", Question()) == {
        "Kubernetes",
        "we moved to Kubernetes",
        "kubernetes is slow",
    }


def test_what_a_writer_names_stays_when_the_text_changes(graph: Graph, store: MemoryStore) -> None:
    ada = (NamedEntity("Ada", "person"),)
    saved, _ = store.put(Draft("work", "she said yes", "answer", entities=ada), signed_by())
    store.update(saved.id, Changes(text="she said no"), EVERYTHING, signed_by())
    assert names_around(graph, "Ada", Question()) == {"Ada", "she said no"}


def test_what_comes_back_from_the_trash_is_in_the_graph_again(graph: Graph, store: MemoryStore) -> None:
    saved, _ = store.put(Draft("work", "Lunch with Grace Hopper"), signed_by())
    ends = saved.id, NamedEntity("Cafe")
    graph.link(Link("work", "at"), ends, EVERYTHING, signed_by())
    store.delete(saved.id, EVERYTHING, signed_by())
    assert named(graph, "Grace Hopper") == named(graph, "Cafe") == named(graph, saved.id) == []
    store.restore(saved.id, EVERYTHING, signed_by())
    assert names_around(graph, saved.id, Question()) == {"Lunch with Grace Hopper", "Grace Hopper", "Cafe"}


def test_what_is_forgotten_for_good_leaves_nothing_in_the_graph(graph: Graph, store: MemoryStore) -> None:
    with time_machine.travel(MARCH, tick=False) as clock:
        saved, _ = store.put(Draft("work", "Lunch with Grace Hopper"), signed_by())
        store.put(Draft("work", "Ada Lovelace stays"), signed_by())
        graph.link(Link("work", "at"), (saved.id, NamedEntity("Cafe")), EVERYTHING, signed_by())
        store.delete(saved.id, EVERYTHING, signed_by())
        clock.shift(timedelta(days=31))
        store.put(Draft("work", "later"), signed_by())
    tables = "SELECT (SELECT count(*) FROM links), (SELECT group_concat(name) FROM entities)"
    left = graph.vault.read(lambda connection: connection.execute(tables).fetchone())
    assert left == (0, "Ada Lovelace")


def test_an_app_whose_writes_wait_draws_no_links(graph: Graph, store: MemoryStore) -> None:
    saved, _ = store.put(Draft("work", "the tea"), signed_by())
    Quarantine(graph.vault).switch(on=True, accepts_known=False)
    with pytest.raises(NotAcceptedError):
        graph.link(Link("work", "near"), (saved.id, NamedEntity("Ada")), EVERYTHING, signed_by())
    store.put(Draft("work", "Grace Hopper knows"), signed_by())
    assert named(graph, "Grace Hopper") == named(graph, "Ada") == []


def test_a_node_has_a_bounded_number_of_links(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resource_server.memory.graph.links.MOST_OF_A_NODE", 3)
    for number in range(3):
        link(graph, "hub", f"spoke{number}")
    with pytest.raises(TooManyLinksError):
        link(graph, "hub", "one more")
    assert MOST_OF_A_NODE == 5_000


@pytest.fixture
def ids(store: MemoryStore) -> list[str]:
    """Ten memories to link, each of its own kind: what is said twice would be one."""
    return [store.put(Draft("work", f"node {number}", f"node-{number}"), signed_by())[0].id for number in range(10)]


Edges = list[tuple[int, int, str]]
NODES = st.integers(0, 9)
DRAWN = st.lists(st.tuples(NODES, NODES, st.sampled_from(SPACES)).filter(lambda edge: edge[0] != edge[1]), max_size=25)


def reach_of(edges: Edges, start: int, depth: int, spaces: set[str], direction: Direction) -> dict[int, int]:
    """By hand: how many steps lie between the start and each node, over edges of these namespaces."""
    distance, waiting = {start: 0}, deque([start])
    while waiting:
        node = waiting.popleft()
        for source, target, space in edges:
            ends = {Direction.OUT: [(source, target)], Direction.IN: [(target, source)]}.get(
                direction, [(source, target), (target, source)]
            )
            for near, far in ends:
                if space in spaces and near == node and far not in distance and distance[node] < depth:
                    distance[far] = distance[node] + 1
                    waiting.append(far)
    return distance


@given(DRAWN, NODES, NODES, st.integers(1, 4), st.sets(st.sampled_from(SPACES), min_size=1), st.sampled_from(Direction))
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_walks_and_paths_are_those_of_the_readable_part(
    graph: Graph, ids: list[str], edges: Edges, start: int, end: int, depth: int, spaces: set[str], direction: Direction
) -> None:
    """AS-117: as if nothing else existed. Ends lie in `work`, edges anywhere."""
    readable = NamespaceSet.of("work", *spaces)

    def draw_all(connection: Connection) -> None:
        connection.execute("DELETE FROM links")
        for source, target, space in edges:
            draw(connection, Link(space, "near", ids[source], ids[target]), signed_by().author)

    graph.vault.written(signed_by(), draw_all)
    question = Question(direction=direction, depth=depth, fan_out=50)
    expected = reach_of(edges, start, depth, {"work", *spaces}, direction)

    walk = graph.walk([ids[start]], question, readable)
    assert {node.id for node in walk.nodes} == {ids[number] for number in expected}
    assert {edge.namespace for edge in walk.edges} <= {"work", *spaces}
    assert not walk.cut

    found = graph.paths([ids[start]], [ids[end]], question, readable).paths
    assert bool(found) == (end in expected)
    steps = {pair for edge in walk.edges for pair in ((edge.source, edge.target), (edge.target, edge.source))}
    for path in found:
        assert (path[0], path[-1], len(path) - 1) == (ids[start], ids[end], expected[end])
        assert set(pairwise(path)) <= steps


def test_a_walk_is_bounded_and_says_so(graph: Graph) -> None:
    def draw_all(connection: Connection) -> None:
        for number in range(225):
            source, target = (
                entity_id_of(connection, "work", NamedEntity(f"n{one}")) for one in (number // 15, number)
            )
            if source != target:
                draw(connection, Link("work", "near", source, target), signed_by().author)

    graph.vault.written(signed_by(), draw_all)
    walk = graph.walk(named(graph, "n0"), Question(depth=4, fan_out=50), EVERYTHING)
    assert (len(walk.nodes), walk.cut) == (MAX_NODES, True)
    narrow = graph.walk(named(graph, "n0"), Question(depth=1, fan_out=5), EVERYTHING)
    assert (len(narrow.edges), narrow.cut) == (5, True)


def test_what_may_not_be_read_cuts_nothing(graph: Graph) -> None:
    """AS-117: hidden edges take no room, neither in a fan-out nor in a limit."""
    for number in range(10):
        link(graph, "root", f"hidden{number}", namespace="secret")
    link(graph, "root", "seen")
    walk = graph.walk(named(graph, "root", NamespaceSet.of("work")), Question(fan_out=1), NamespaceSet.of("work"))
    assert (len(walk.edges), walk.cut) == (1, False)
