"""What hangs together with one memory: by links, by what both mention, by joint use and by meaning; each with why."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from math import log2

from resource_server.memory.graph.co_use import spread
from resource_server.memory.graph.nodes import nodes_with
from resource_server.memory.graph.records import MENTIONS, Bond, BondKind, Direction, Question, Related
from resource_server.memory.graph.surroundings import Surroundings
from resource_server.memory.graph.walking import other_end
from resource_server.memory.records import Memory
from resource_server.memory.rows import LIVE, SEEN
from resource_server.memory.vault import Connection
from shared.authorization_details import NamespaceSet

WEIGHTS = {BondKind.LINK: 0.9, BondKind.ENTITY: 0.6, BondKind.USED_TOGETHER: 0.7, BondKind.MEANING: 0.5}
"""How much the strongest bond of each kind says."""

STEPS_FADE = 0.5
MOST_LINKED = 50
MOST_NAMED = 20
COMMONPLACE = 100
"""A name that more memories mention ties none of them together."""

Names = Sequence[tuple[str, str]]
"""Names as they are written, and what two spellings of each have in common."""

NAMED = "SELECT DISTINCT name, folded FROM entities JOIN mentions ON entity_id = id WHERE memory_id = ? LIMIT 32"
NAMING = f"""
    SELECT memory_id FROM mentions JOIN memories ON memories.id = memory_id
    WHERE entity_id IN (SELECT id FROM entities WHERE folded = :folded) AND memory_id <> :id AND {LIVE} AND {SEEN}
    LIMIT {COMMONPLACE + 1}
"""  # noqa: S608 (constants)
Bonds = defaultdict[str, list[Bond]]


def related(
    connection: Connection,
    memory: Memory,
    near: Mapping[str, float],
    namespaces: NamespaceSet,
    hops: int,
    limit: int,
    at: datetime,
    names: Names | None = None,
) -> list[Related]:
    """The memories most bound to this one, best first. `near` has those near in meaning, by id, between 0 and 1.

    `names` are those that the memory mentions, where it lies in another vault.
    """
    around = Surroundings(connection, Question(fan_out=MOST_NAMED), namespaces)
    bonds: Bonds = defaultdict(list)
    _by_links(around, memory.id, hops, bonds)
    _by_entities(around, memory.id, names_in(connection, memory.id) if names is None else names, bonds)
    for other, strength in spread(connection, memory.id, hops, around.asked, at).items():
        bonds[other].append(_bond(BondKind.USED_TOGETHER, strength))
    for other, strength in near.items():
        bonds[other].append(_bond(BondKind.MEANING, strength))
    bonds.pop(memory.id, None)
    best = sorted(bonds, key=lambda other: (-_score(bonds[other]), other))
    found = nodes_with(connection, best, around.asked)
    return [_related(one, bonds[one.id]) for one in found if isinstance(one, Memory)][:limit]


def names_in(connection: Connection, memory_id: str) -> Names:
    """What a memory mentions."""
    return [(name, folded) for name, folded in connection.execute(NAMED, (memory_id,)).fetchall()]


def _by_links(around: Surroundings, start: str, hops: int, bonds: Bonds) -> None:
    """Over links, through memories and entities alike; each step further tells half as much."""
    ways: dict[str, tuple[float, str]] = {start: (1.0, "")}
    frontier = [start]
    for hop in range(hops):
        reached: dict[str, tuple[float, str]] = {}
        for node in frontier:
            strength, by = ways[node]
            for edge in around.of(node, Direction.BOTH):
                other = other_end(edge, node)
                if edge.relation != MENTIONS and other not in ways and len(ways) + len(reached) < MOST_LINKED:
                    told = strength * edge.weight * (STEPS_FADE if hop else 1.0)
                    reached[other] = max(reached.get(other, (0.0, "")), (told, f"{by}, {edge.relation}".lstrip(", ")))
        ways |= reached
        frontier = list(reached)
    for node, (strength, by) in ways.items():
        if node != start:
            bonds[node].append(_bond(BondKind.LINK, strength, by))


def _by_entities(around: Surroundings, memory_id: str, names: Names, bonds: Bonds) -> None:
    """A name ties the more, the fewer memories mention it: of those that may be seen."""
    for name, folded in names:
        asked = {**around.asked, "folded": folded, "id": memory_id}
        found = around.connection.execute(NAMING, asked).fetchall()
        if len(found) > COMMONPLACE:
            continue
        for (other,) in found:
            bonds[other].append(_bond(BondKind.ENTITY, 1 / (1 + log2(len(found)) / 4), name))


def _bond(kind: BondKind, strength: float, by: str = "") -> Bond:
    return Bond(kind, round(WEIGHTS[kind] * min(strength, 1.0), 4), by)


def _score(bonds: list[Bond]) -> float:
    """Independent reasons add up without passing 1."""
    missing = 1.0
    for bond in bonds:
        missing *= 1 - bond.strength
    return 1 - missing


def _related(memory: Memory, bonds: list[Bond]) -> Related:
    strongest_first = sorted(bonds, key=lambda bond: (-bond.strength, bond.by))
    return Related(memory, round(_score(bonds), 4), tuple(strongest_first))
