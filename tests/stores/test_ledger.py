"""The ledger of a vault: readings arrive without being waited for, and what is too old or too much goes."""

from datetime import timedelta
from threading import Event, Thread

import pytest
import time_machine

from resource_server.memory.ledger import Action, Entry, Retention, WantedEntries, append, entries
from resource_server.memory.readings import Readings
from resource_server.memory.records import Author, Draft
from resource_server.memory.vault_access import VaultAccess
from resource_server.memory.vault_stores import VaultStores
from shared.clock import now
from shared.ids import new_id
from tests.stores.conftest import EVERYTHING, OpenStores, signed_by

ALL = WantedEntries(EVERYTHING)


@pytest.fixture
def stores(open_vaults: OpenStores) -> VaultStores:
    return open_vaults()


@pytest.fixture
def person(stores: VaultStores) -> str:
    """Somebody with a vault."""
    user_id = new_id("usr")
    stores.of(user_id).put(Draft("personal", "x"), signed_by())
    return user_id


def reading(question: str = "q") -> Entry:
    return Entry(now(), Action.READ, question, ("personal",), (), Author("cli_1", "grt_1", "memory_search", "Claude"))


def questions(vault: VaultAccess) -> list[str]:
    """Of the readings, newest first."""
    found, _ = vault.read(lambda connection: entries(connection, ALL, None, 1_000))
    return [entry.question for entry in found if entry.action is Action.READ]


def test_a_write_and_its_entry_are_one_transaction(stores: VaultStores, person: str) -> None:
    def fail() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        stores.of(person).put(Draft("personal", "never"), signed_by(confirm=fail))
    found, _ = stores.vault_of(person).read(lambda connection: entries(connection, ALL, None, 10))
    assert [(entry.action, len(entry.memory_ids)) for entry in found] == [(Action.WRITE, 1)]


def test_readings_arrive_in_their_order(stores: VaultStores, person: str) -> None:
    for number in range(20):
        stores.note(person, reading(str(number)))
    stores.settle()
    assert questions(stores.vault_of(person)) == [str(number) for number in reversed(range(20))]


def test_what_waits_is_written_at_the_end(stores: VaultStores, person: str, open_vaults: OpenStores) -> None:
    stores.note(person, reading("the last"))
    stores.close()
    assert questions(open_vaults().vault_of(person)) == ["the last"]


def test_a_reading_waits_for_no_vault_and_too_many_are_counted(stores: VaultStores, person: str) -> None:
    """While a write holds the vault the queue fills up; what it does not hold is told as a number."""
    vault, readings = stores.vault_of(person), Readings(limit=3)
    begun, may_end = Event(), Event()

    def hold() -> None:
        begun.set()
        assert may_end.wait(10)

    writer = Thread(target=lambda: stores.of(person).put(Draft("personal", "y"), signed_by(confirm=hold)))
    writer.start()
    assert begun.wait(10)
    for number in range(10):
        readings.note(vault, reading(str(number)))
    may_end.set()
    writer.join()
    readings.close()
    assert questions(vault) == ["7 readings came too fast to be recorded.", "2", "1", "0"]


def test_nobody_gets_a_vault_by_a_question(stores: VaultStores) -> None:
    stranger = new_id("usr")
    stores.note(stranger, reading())
    stores.settle()
    assert not stores.vault_of(stranger).exists


def test_the_oldest_entries_go(stores: VaultStores, person: str) -> None:
    vault = stores.vault_of(person)
    with time_machine.travel("2026-01-01T00:00:00Z", tick=False) as clock:
        vault.noted(lambda connection: append(connection, [reading("old")], Retention(days=30)))
        clock.shift(timedelta(days=29))
        vault.noted(lambda connection: append(connection, [reading("newer")], Retention(days=30)))
        assert questions(vault) == ["newer", "old"]
        clock.shift(timedelta(days=2))
        vault.noted(lambda connection: append(connection, [reading("newest")], Retention(days=30)))
        assert questions(vault) == ["newest", "newer"]
        vault.noted(lambda connection: append(connection, [reading(str(n)) for n in range(9)], Retention(rows=5)))
        assert questions(vault) == ["8", "7", "6", "5", "4"]
