"""Whatever happens to a vault, each `as_of` and each difference is what a plain list of its states says."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
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
WAITS = (*(1, 2, 3, 5) * 6, 24 * 29, 24 * 31)
"""Hours; only now and then so many that the trash is emptied."""

PLACES = st.sampled_from(("home", "work"))


def by(app: str) -> Signed:
    """The signature of an app."""
    return Signed(Author(f"cli_{app}", "grt_1", "memory_store", app), lambda: None)


Content = dict[str, Any]
"""All that a memory says; who wrote its present state and when is told by its events."""

TOLD_BY_EVENTS = ("id", "author", "updated_at", "deleted_at")


def content(memory: Memory) -> Content:
    """What two instants are compared by."""
    return {one.name: getattr(memory, one.name) for one in fields(memory) if one.name not in TOLD_BY_EVENTS}


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

    def live(self, hour: int, namespaces: NamespaceSet = EVERYTHING) -> dict[str, Content]:
        """What may be read as of an hour: alive then, and not gone from the trash by now."""
        limit, then = self.at(self.hour) - TRASH_KEPT, self.at(hour)
        ends = {one.id: (one.deleted_at, one.expires_at) for one in self.states(self.hour).values()}
        return {
            memory.id: content(memory)
            for memory in self.states(hour).values()
            if memory.namespace in namespaces
            and memory.deleted_at is None
            and (memory.expires_at is None or memory.expires_at > then)
            and not any(end is not None and end < limit for end in ends[memory.id])
        }

    def expected(self, number: int, **changes: Any) -> Memory | None:
        """What a write to some memory makes of its last state."""
        memory_id = self.some(number)
        return replace(self.states(self.hour)[memory_id], **changes) if memory_id is not None else None

    def became(self, memory: Memory | None, expected: Memory | None) -> None:
        """The list learns a state, which is what the write should have made and nothing else."""
        if memory is not None:
            assert expected is not None
            assert content(memory) == content(expected)
            self.wrote(memory)

    def some(self, number: int) -> str | None:
        """A memory that was ever stored."""
        ids = sorted(self.states(self.hour))
        return ids[number % len(ids)] if ids else None

    @rule(hours=st.sampled_from(WAITS))
    def wait(self, hours: int) -> None:
        """Time passes."""
        self.hour += hours
        self.clock.move_to(self.at(self.hour))

    @rule(app=APPS, place=PLACES, life=st.sampled_from((None, None, 2)))
    def put(self, app: str, place: str, life: int | None) -> None:
        """A new memory, perhaps one that ends."""
        self.count += 1
        ends = None if life is None else self.at(self.hour + life)
        draft = Draft(place, f"number{self.count}", f"key{self.count}", (f"tag{self.count}",), expires_at=ends)
        memory, is_new = self.store.put(draft, by(app))
        assert is_new
        assert (memory.namespace, memory.key, memory.text, memory.expires_at) == (place, draft.key, draft.text, ends)
        self.wrote(memory)

    @rule(app=APPS, number=st.integers(0, 9), is_text=st.booleans())
    @precondition(lambda self: self.known)
    def update(self, app: str, number: int, is_text: bool) -> None:
        """Another text, or other labels."""
        self.count += 1
        word = f"changed{self.count}"
        changes = Changes(word) if is_text else Changes(tags=(word,))
        expected = self.expected(number, **({"text": word} if is_text else {"tags": (word,)}))
        found = self.store.update(self.some(number) or "", changes, EVERYTHING, by(app))
        assert (found is not None) == (self.some(number) in self.live(self.hour))
        self.became(found, expected)

    @rule(app=APPS, number=st.integers(0, 9))
    @precondition(lambda self: self.known)
    def delete(self, app: str, number: int) -> None:
        """Into the trash."""
        expected = self.expected(number)
        was_live = self.some(number) in self.live(self.hour)
        found = self.store.delete(self.some(number) or "", EVERYTHING, by(app))
        assert (found is not None) == was_live
        assert found is None or found.deleted_at == self.at(self.hour)
        self.became(found, expected)

    @rule(app=APPS, number=st.integers(0, 9))
    @precondition(lambda self: self.known)
    def restore(self, app: str, number: int) -> None:
        """Out of it."""
        expected = self.expected(number)
        is_over = expected is not None and expected.expires_at is not None and expected.expires_at <= self.at(self.hour)
        found = self.store.restore(self.some(number) or "", EVERYTHING, by(app))
        self.became(found, replace(expected, expires_at=None) if expected is not None and is_over else expected)

    @rule(app=APPS, back=st.integers(1, 6))
    @precondition(lambda self: self.known)
    def roll_back(self, app: str, back: int) -> None:
        """What the app wrote last; what it did not write to stays as it was."""
        since = self.at(self.hour - back)
        before = self.live(self.hour)
        undos = self.bulk.roll_back(app, since, EVERYTHING, by("Person")).memories
        now_live = {one.id: one for one in self.store.page(Filters(EVERYTHING), None, 100).memories}
        touched = {undo.memory.id for undo in undos}
        assert {one: before.get(one) for one in before if one not in touched} == {
            one: content(memory) for one, memory in now_live.items() if one not in touched
        }
        for undo in undos:
            is_live = undo.memory.id in now_live
            gone = replace(undo.memory, deleted_at=self.at(self.hour))
            self.wrote(now_live[undo.memory.id] if is_live else gone)
        again = self.bulk.planned(app, since, EVERYTHING).memories
        # What stands before another app's write may come to light once what followed it is undone.
        assert all(one.doing.startswith("left") for one in again)

    def moment(self, number: int) -> int:
        """One of the hours at which something was written, or the present one, counted back from it."""
        hours = sorted({0, self.hour, *(hour for hour, _ in self.known)}, reverse=True)
        return hours[number % len(hours)]

    @rule(first=st.integers(0, 20), second=st.integers(0, 20))
    @precondition(lambda self: self.known)
    def compare(self, first: int, second: int) -> None:
        """Between any two instants."""
        self.differs(*sorted((self.moment(first), self.moment(second))))

    def differs(self, begins: int, ends: int) -> None:
        """Exactly what is different between two states is told, page by page."""
        before, after = self.live(begins), self.live(ends)
        told: dict[str, tuple[Content | None, Content | None]] = {}
        cursor, goes_on = None, begins < ends
        while goes_on:
            part = self.history.between(self.at(begins), self.at(ends), EVERYTHING, cursor, 3)
            for one in part.items:
                shown = one.after or one.before
                assert shown is not None
                assert shown.id not in told
                told[shown.id] = (one.before and content(one.before), one.after and content(one.after))
            cursor = part.next_cursor
            goes_on = cursor is not None
        different = {one for one in before | after if before.get(one) != after.get(one)}
        assert told == {one: (before.get(one), after.get(one)) for one in different}

    @rule(number=st.integers(0, 9), moment=st.integers(0, 20))
    @precondition(lambda self: self.known)
    def look(self, number: int, moment: int) -> None:
        """One memory as of an instant: by its id, by its key, and by a word that it alone had."""
        hour = self.moment(moment)
        as_of, memory_id = self.at(hour), self.some(number) or ""
        expected = self.live(hour).get(memory_id)
        found = self.store.get(memory_id, EVERYTHING, as_of)
        assert (found and content(found)) == expected
        if expected is not None and found is not None:
            assert [content(one) for one in self.store.by_key(found.key or "", EVERYTHING, as_of)] == [expected]
            hits = self.store.search(found.text, Filters(EVERYTHING, as_of=as_of), 5)
            assert {hit.memory.id: content(hit.memory) for hit in hits if hit.words > 0} == {memory_id: expected}
        for word in {memory.text for _, memory in self.known if memory.id == memory_id}:
            hits = self.store.search(word, Filters(EVERYTHING, as_of=as_of), 5)
            is_said = expected is not None and found is not None and found.text == word
            assert (memory_id in {hit.memory.id for hit in hits if hit.words > 0}) == is_said

    @invariant()
    def each_past_is_what_it_was(self) -> None:
        """By the list and by namespace; and what is different now from the last hours that something was written in."""
        if not hasattr(self, "stores"):
            return
        for hour in {0, self.hour // 2, max(0, self.hour - 1), self.hour}:
            found = self.store.page(Filters(EVERYTHING, as_of=self.at(hour)), None, 100).memories
            assert {memory.id: content(memory) for memory in found} == self.live(hour)
            home = NamespaceSet.of("home")
            assert sum(self.store.stats(home, self.at(hour)).by_namespace.values()) == len(self.live(hour, home))
        for number in (1, 2, 3):
            self.differs(self.moment(number), self.hour)


class ManyPasts(Pasts):
    """The same, for longer."""


COMMON: dict[str, Any] = {"deadline": None, "suppress_health_check": list(HealthCheck)}
Pasts.TestCase.settings = settings(max_examples=5, stateful_step_count=15, **COMMON)
ManyPasts.TestCase.settings = settings(max_examples=100, stateful_step_count=40, **COMMON)
test_pasts = Pasts.TestCase
test_many_pasts = pytest.mark.thorough(pytest.mark.timeout(1200)(ManyPasts.TestCase))
