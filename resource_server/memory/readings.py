"""Readings on their way into the ledger: gathered for a moment, written by one thread, never waited for.

What was read within the last moment before a crash or a power cut is in no ledger: that is the price of readings that
cost no transaction. Writes do not come this way.
"""

from dataclasses import dataclass, field, replace
from threading import Condition, Thread

import structlog

from resource_server.memory.graph.uses import note_uses
from resource_server.memory.ledger import Action, Entry, append
from resource_server.memory.quarantine import holds_back
from resource_server.memory.records import Author, StoreBusyError
from resource_server.memory.vault import Connection
from resource_server.memory.vault_access import VaultAccess
from shared.clock import now

MOMENT = 0.2
"""Seconds for which readings are gathered."""

QUEUE = 10_000
"""Readings that wait at most; further ones are counted, and the ledger says how many are missing."""

SETTLE_SECONDS = 5.0
CLOSE_SECONDS = 15.0
log = structlog.get_logger(__name__)


@dataclass
class _Batch:
    vault: VaultAccess
    entries: list[Entry] = field(default_factory=list)
    lost: int = 0


class Readings:
    """One thread a process, begun by the first reading."""

    def __init__(self, limit: int = QUEUE) -> None:
        self._limit = limit
        self._changed = Condition()
        self._waiting: dict[str, _Batch] = {}
        self._count = 0
        self._is_writing = False
        self._is_hurried = False
        self._is_closing = False
        self._thread: Thread | None = None

    def note(self, vault: VaultAccess, entry: Entry) -> None:
        """Takes an entry and returns at once."""
        with self._changed:
            is_first = not self._waiting
            if (batch := self._waiting.get(vault.user_id)) is None:
                batch = self._waiting[vault.user_id] = _Batch(vault)
            if self._count < self._limit:
                batch.entries.append(entry)
                self._count += 1
            else:
                batch.lost += 1
            if self._thread is None and not self._is_closing:
                self._thread = Thread(target=self._run, name="ledger", daemon=True)
                self._thread.start()
            if is_first:  # whoever gathers waits out its moment by itself
                self._changed.notify_all()

    def settle(self) -> None:
        """Waits until what was noted before stands in the vaults, or for some seconds: for who asks for the ledger."""
        with self._changed:
            self._is_hurried = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._waiting and not self._is_writing, SETTLE_SECONDS)

    def close(self) -> None:
        """Writes what waits, and ends."""
        with self._changed:
            self._is_closing = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(CLOSE_SECONDS)

    def _run(self) -> None:
        while batches := self._gathered():
            for batch in batches:
                self._write(batch)
            with self._changed:
                self._is_writing = False
                self._changed.notify_all()

    def _gathered(self) -> list[_Batch]:
        """What came within a moment of the first; nothing at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._is_closing)
            self._changed.wait_for(lambda: self._is_hurried or self._is_closing, MOMENT)
            batches, self._waiting, self._count = list(self._waiting.values()), {}, 0
            self._is_writing, self._is_hurried = bool(batches), False
            return batches

    def _write(self, batch: _Batch) -> None:
        # Nobody gets a vault by being asked; an answer with memories came from one, and what left the house is told.
        if not batch.vault.exists and not any(
            entry.memory_ids or entry.action == Action.CALL for entry in batch.entries
        ):
            return
        try:
            batch.vault.noted(lambda connection: _enter(connection, batch))
        except StoreBusyError:
            self._again(batch)
        except Exception as cause:
            # The vault was destroyed meanwhile, or cannot be read: nobody else's entries may wait for it.
            log.warning("readings not recorded", count=len(batch.entries) + batch.lost, cause=type(cause).__name__)

    def _again(self, batch: _Batch) -> None:
        """Another process holds the vault: its entries wait with what came since."""
        with self._changed:
            if self._is_closing:
                log.warning("readings not recorded", count=len(batch.entries) + batch.lost, cause="StoreBusyError")
                return
            later = self._waiting.pop(batch.vault.user_id, _Batch(batch.vault))
            room = max(0, self._limit - self._count)
            kept = batch.entries[:room]
            self._count += len(kept)
            lost = batch.lost + later.lost + len(batch.entries) - len(kept)
            self._waiting[batch.vault.user_id] = replace(later, entries=kept + later.entries, lost=lost)


def _enter(connection: Connection, batch: _Batch) -> None:
    """The entries, and what they bind together in the graph."""
    append(connection, _told(batch), batch.vault.retention)
    held_back = {app for app in {entry.author.client_id for entry in batch.entries} if holds_back(connection, app)}
    # What an app looks at that the person has not accepted says nothing of what is useful.
    note_uses(connection, [entry for entry in batch.entries if entry.author.client_id not in held_back])


def _told(batch: _Batch) -> list[Entry]:
    """The entries, and one that says how many more there were."""
    if not batch.lost:
        return batch.entries
    log.warning("readings not recorded", count=batch.lost, cause="too many at once")
    said = f"{batch.lost} readings came too fast to be recorded."
    return [*batch.entries, Entry(now(), Action.READ, said, (), (), Author("", "", "ledger", "Ostiary"))]
