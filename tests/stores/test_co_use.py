"""Memories that are used together: bonds grow with use, fade with time, and are followed as far as may be seen."""

from datetime import UTC, datetime, timedelta
from math import exp

import pytest
import time_machine

from resource_server.memory.graph.co_use import LEAST, MOST_PARTNERS, spread, strengthen
from resource_server.memory.graph.graph import Graph
from resource_server.memory.graph.kinship import WEIGHTS
from resource_server.memory.graph.records import BondKind
from resource_server.memory.ledger import Action, Entry
from resource_server.memory.records import Author, Draft, Filters
from resource_server.memory.rows import seen
from resource_server.memory.vault_stores import VaultStores
from shared.authorization_details import NamespaceSet
from shared.clock import now
from shared.ids import new_id
from tests.stores.conftest import EVERYTHING, OpenStores, signed_by

MARCH = datetime(2026, 3, 1, tzinfo=UTC)


class Person:
    """Somebody with memories `one`, `two` … in `work`, and `hidden` in `secret`."""

    def __init__(self, stores: VaultStores) -> None:
        self.stores, self.user_id = stores, new_id("usr")
        self.store, self.vault = stores.of(self.user_id), stores.vault_of(self.user_id)
        self.ids = {name: self.saved(name, "work") for name in ("one", "two", "three", "four")}
        self.ids["hidden"] = self.saved("hidden", "secret")

    def saved(self, name: str, namespace: str) -> str:
        return self.store.put(Draft(namespace, f"memory {name}", name), signed_by())[0].id

    def used(self, *names: str, session: str = "s1", tool: str = "memory_search") -> None:
        """An answer to an app that held these memories."""
        author = Author("cli_1", "grt_1", tool, "Claude", session)
        ids = tuple(self.ids[name] for name in names)
        self.stores.note(self.user_id, Entry(now(), Action.READ, "q", ("work",), ids, author))
        self.stores.settle()

    def bound(self, name: str, hops: int = 1, namespaces: NamespaceSet = EVERYTHING) -> dict[str, float]:
        """What was used together with a memory, and how much."""
        names = {memory_id: other for other, memory_id in self.ids.items()}
        found = self.vault.read(
            lambda connection: spread(connection, self.ids[name], hops, seen(namespaces, now()), now())
        )
        return {names[memory_id]: weight for memory_id, weight in found.items()}

    def rows(self) -> int:
        """How many bonds are stored."""
        count = "SELECT count(*) FROM used_together"
        return int(self.vault.read(lambda connection: connection.execute(count).fetchone()[0]))


@pytest.fixture
def person(open_vaults: OpenStores) -> Person:
    return Person(open_vaults())


def test_one_answer_binds_and_each_use_adds_less(person: Person) -> None:
    weights = []
    for _ in range(3):
        with time_machine.travel(MARCH, tick=False):
            person.used("one", "two", session=new_id("s"))
            weights.append(person.bound("one")["two"])
    assert weights == pytest.approx([0.1, 0.19, 0.271])


def test_a_bond_fades_with_time_and_is_forgotten(person: Person) -> None:
    with time_machine.travel(MARCH, tick=False) as clock:
        person.used("one", "two")
        clock.shift(timedelta(hours=100))
        assert person.bound("one")["two"] == pytest.approx(0.1 * exp(-0.1))
        clock.shift(timedelta(hours=600))
        assert 0.1 * exp(-0.7) < LEAST
        assert person.bound("one") == {}
        person.used("one", "three")
        assert person.rows() == 1


def test_what_one_session_uses_within_minutes_is_bound_more_weakly(person: Person) -> None:
    with time_machine.travel(MARCH, tick=False) as clock:
        person.used("one")
        clock.shift(timedelta(seconds=299))
        person.used("two")
        person.used("four", session="another")
        clock.shift(timedelta(seconds=301))
        person.used("three")
        assert person.bound("one") == pytest.approx({"two": 0.075}, rel=0.01)
        assert person.bound("three") == person.bound("four") == {}


def test_leafing_through_a_list_binds_nothing(person: Person) -> None:
    person.used("one", "two", tool="memory_list")
    assert person.rows() == 0


def test_activation_spreads_over_some_steps_and_fades(person: Person) -> None:
    with time_machine.travel(MARCH, tick=False):
        for pair in (("one", "two"), ("two", "three"), ("three", "four")):
            for _ in range(30):
                person.used(*pair, session=new_id("s"))
        assert set(person.bound("one", 1)) == {"two"}
        assert set(person.bound("one", 2)) == {"two", "three"}
        reached = person.bound("one", 3)
        assert list(reached) == ["two", "three", "four"]
        assert reached["two"] > reached["three"] > reached["four"] > 0


def test_activation_passes_through_nothing_that_may_not_be_read(person: Person) -> None:
    """AS-117."""
    for _ in range(5):
        person.used("one", "hidden", session=new_id("s"))
        person.used("hidden", "two", session=new_id("s"))
    assert set(person.bound("one", 3)) == {"hidden", "two"}
    assert person.bound("one", 3, NamespaceSet.of("work")) == {}


def test_bonds_hide_in_the_trash_come_back_and_go_for_good(person: Person) -> None:
    with time_machine.travel(MARCH, tick=False) as clock:
        person.used("one", "two")
        person.store.delete(person.ids["two"], EVERYTHING, signed_by())
        assert person.bound("one") == {}
        person.store.restore(person.ids["two"], EVERYTHING, signed_by())
        assert set(person.bound("one")) == {"two"}
        person.store.delete(person.ids["two"], EVERYTHING, signed_by())
        clock.shift(timedelta(days=31))
        person.saved("later", "work")
        assert person.rows() == 0


def test_a_memory_keeps_its_strongest_bonds(person: Person) -> None:
    with time_machine.travel(MARCH, tick=False):
        others = [person.saved(f"other {number}", "work") for number in range(MOST_PARTNERS + 3)]
        strongest = others[0]

        def use(connection: object) -> None:
            for other in (strongest, *others):
                strengthen(connection, [person.ids["one"], other], (), now())

        person.vault.noted(use)
        found = person.vault.read(
            lambda connection: spread(connection, person.ids["one"], 1, seen(EVERYTHING, now()), now())
        )
        assert len(found) == MOST_PARTNERS
        assert max(found, key=lambda other: found[other]) == strongest


def test_joint_use_is_a_reason_of_kinship(person: Person) -> None:
    with time_machine.travel(MARCH, tick=False):
        person.used("one", "two")
        memory = person.store.get(person.ids["one"], EVERYTHING)
        assert memory is not None
        (related,) = Graph(person.vault).related(memory, {}, EVERYTHING, 2, 10)
    (bond,) = related.bonds
    assert (related.memory.id, bond.kind) == (person.ids["two"], BondKind.USED_TOGETHER)
    assert bond.strength == pytest.approx(0.1 * WEIGHTS[BondKind.USED_TOGETHER])


def test_what_was_used_often_weighs_more(person: Person) -> None:
    """Reading in lists uses nothing; being answered to a question does."""
    for _ in range(5):
        person.used("three")
        person.used("one", tool="memory_list")
    hits = person.store.search("memory", Filters(EVERYTHING), 10, folded=False)
    factors = {hit.memory.id: hit.factors["use"] for hit in hits}
    assert factors[person.ids["three"]] > factors[person.ids["one"]] == factors[person.ids["two"]]
