"""Whatever happens to a vault, each `as_of` answers what a plain list of its states says."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import time_machine
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlmodel import SQLModel

from resource_server.memory.bulk_writes import BulkWrites
from resource_server.memory.embeddings import NoEmbedder
from resource_server.memory.history import MemoryHistory
from resource_server.memory.purging import TRASH_KEPT
from resource_server.memory.records import Author, Changes, Draft, Filters, Memory, Signed
from resource_server.memory.vault_keys import SealedKeyRing
from resource_server.memory.vault_stores import VaultStores
from resource_server.memory.vaults import Vaults
from shared.authorization_details import NamespaceSet
from shared.database import open_engine
from shared.ids import new_id
from tests.stores.conftest import EVERYTHING, MASTER_KEY

START = datetime(2026, 3, 1, tzinfo=UTC)
APPS = st.sampled_from(("Claude", "Rogue"))
PLACES = st.sampled_from(("home", "work"))


def by(app: str) -> Signed:
    """The signature of an app."""
    return Signed(Author(f"cli_{app}", "grt_1", "memory_store", app), lambda: None)


class Pasts(RuleBasedStateMachine):
    """A vault beside a list: at each instant, every memory as the store gave it back when it was written."""

    @initialize()
    def open(self) -> None:
        """An empty vault at a clock that only the rules move."""
        self.folder = TemporaryDirectory()
        self.engine = open_engine(f"sqlite:///{self.folder.name}/resource.db")
        tables = [SQLModel.metadata.tables[name] for name in ("vault_keys", "erased_vaults")]
        SQLModel.metadata.create_all(self.engine, tables=tables)
        keys = SealedKeyRing(self.engine, MASTER_KEY)
        self.stores = VaultStores(Vaults(Path(self.folder.name) / "vaults", keys, 2), NoEmbedder())
        vault = self.stores.vault_of(new_id("usr"))
        self.store, self.bulk, self.history = self.stores.of(vault.user_id), BulkWrites(vault), MemoryHistory(vault)
        self.traveller = time_machine.travel(START, tick=False)
        self.clock = self.traveller.start()
        self.hour, self.count = 0, 0
        self.known: list[tuple[int, Memory]] = []

    def teardown(self) -> None:
        """Everything is closed."""
        if hasattr(self, "stores"):
            self.traveller.stop()
            self.stores.close()
            self.engine.dispose()
            self.folder.cleanup()

    def at(self, hour: int) -> datetime:
        """An instant of the test's clock."""
        return START + timedelta(hours=hour)

    def wrote(self, memory: Memory | None) -> None:
        """The list learns a state."""
        if memory is not None:
            self.known.append((self.hour, memory))

    def states(self, hour: int) -> dict[str, Memory]:
        """The last state of every memory by then, whether it lives or not."""
        return {memory.id: memory for at, memory in self.known if at <= hour}

    def live(self, hour: int, namespaces: NamespaceSet = EVERYTHING) -> dict[str, str]:
        """What may be read as of an hour: alive then, and not gone from the trash by now."""
        limit, then = self.at(self.hour) - TRASH_KEPT, self.at(hour)
        ends = {one.id: (one.deleted_at, one.expires_at) for one in self.states(self.hour).values()}
        return {
            memory.id: memory.text
            for memory in self.states(hour).values()
            if memory.namespace in namespaces
            and memory.deleted_at is None
            and (memory.expires_at is None or memory.expires_at > then)
            and not any(end is not None and end < limit for end in ends[memory.id])
        }

    def some(self, number: int) -> str | None:
        """A memory that was ever stored."""
        ids = sorted(self.states(self.hour))
        return ids[number % len(ids)] if ids else None

    @rule(hours=st.sampled_from((1, 1, 1, 2, 5, 24 * 29, 24 * 31)))
    def wait(self, hours: int) -> None:
        """Time passes."""
        self.hour += hours
        self.clock.move_to(self.at(self.hour))

    @rule(app=APPS, place=PLACES, life=st.sampled_from((None, None, 2)))
    def put(self, app: str, place: str, life: int | None) -> None:
        """A new memory, perhaps one that ends."""
        self.count += 1
        ends = None if life is None else self.at(self.hour + life)
        draft = Draft(place, f"number{self.count}", f"key{self.count}", expires_at=ends)
        self.wrote(self.store.put(draft, by(app))[0])

    @rule(app=APPS, number=st.integers(0, 9))
    @precondition(lambda self: self.known)
    def update(self, app: str, number: int) -> None:
        """Another text."""
        self.count += 1
        self.wrote(self.store.update(self.some(number) or "", Changes(f"changed{self.count}"), EVERYTHING, by(app)))

    @rule(app=APPS, number=st.integers(0, 9))
    @precondition(lambda self: self.known)
    def delete(self, app: str, number: int) -> None:
        """Into the trash."""
        self.wrote(self.store.delete(self.some(number) or "", EVERYTHING, by(app)))

    @rule(app=APPS, number=st.integers(0, 9))
    @precondition(lambda self: self.known)
    def restore(self, app: str, number: int) -> None:
        """Out of it."""
        self.wrote(self.store.restore(self.some(number) or "", EVERYTHING, by(app)))

    @rule(app=APPS, back=st.integers(1, 6))
    @precondition(lambda self: self.known)
    def roll_back(self, app: str, back: int) -> None:
        """What the app wrote last; what it did not write to stays as it was."""
        since = self.at(self.hour - back)
        before = self.live(self.hour)
        undos = self.bulk.roll_back(app, since, EVERYTHING, by("Person")).memories
        now_live = {one.id: one for one in self.store.page(Filters(EVERYTHING), None, 50).memories}
        touched = {undo.memory.id for undo in undos}
        assert {one: before.get(one) for one in before if one not in touched} == {
            one: memory.text for one, memory in now_live.items() if one not in touched
        }
        for undo in undos:
            is_live = undo.memory.id in now_live
            gone = replace(undo.memory, deleted_at=self.at(self.hour))
            self.wrote(now_live[undo.memory.id] if is_live else gone)
        again = self.bulk.planned(app, since, EVERYTHING).memories
        # What stands before another app's write may come to light once what followed it is undone.
        assert all(one.doing.startswith("left") for one in again)

    @invariant()
    def each_past_is_what_it_was(self) -> None:
        """By the list, by search, by namespace, and what changed until now."""
        if not hasattr(self, "stores"):
            return
        for hour in {0, self.hour // 2, max(0, self.hour - 1), self.hour}:
            as_of = self.at(hour)
            found = self.store.page(Filters(EVERYTHING, as_of=as_of), None, 100).memories
            assert {memory.id: memory.text for memory in found} == self.live(hour)
            home = NamespaceSet.of("home")
            assert sum(self.store.stats(home, as_of).by_namespace.values()) == len(self.live(hour, home))
        before, after = self.live(self.hour // 2), self.live(self.hour)
        differences = self.history.between(self.at(self.hour // 2), self.at(self.hour), EVERYTHING, None, 100).items
        told = {}
        for one in differences:
            shown = one.after or one.before
            assert shown is not None
            told[shown.id] = (one.before and one.before.text, one.after and one.after.text)
        changed = {one for one in before | after if before.get(one) != after.get(one)}
        assert changed <= set(told)
        assert {one: told[one] for one in changed} == {one: (before.get(one), after.get(one)) for one in changed}


Pasts.TestCase.settings = settings(
    max_examples=8, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
)
test_pasts = Pasts.TestCase
