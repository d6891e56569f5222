"""Quarantine: what an app writes that the person has not accepted waits, found by nobody, until the person decides.

Only the person switches it and decides; no tool does. Each vault has its own (`vault_settings`, `accepted_apps`).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from resource_server.memory import contradictions, statements, writing
from resource_server.memory.contradictions import said_at
from resource_server.memory.records import Author, Memory, NoRoomError, Signed
from resource_server.memory.rows import COLUMNS, from_row, microseconds
from resource_server.memory.sameness import Relation, relation
from resource_server.memory.vault import Connection
from resource_server.memory.vault_access import VaultAccess
from resource_server.memory.writing import EventKind
from shared.clock import now

T = TypeVar("T")
MOST_WAITING = 1_000
"""How many memories of one app may wait at once."""

IS_ON = "SELECT 1 FROM vault_settings WHERE name = 'quarantine' AND value = 'on'"
IS_ACCEPTED = "SELECT 1 FROM accepted_apps WHERE client_id = ?"
WAITING = f"SELECT {COLUMNS} FROM memories WHERE quarantined_at IS NOT NULL AND deleted_at IS NULL ORDER BY id"  # noqa: S608 (constants)
COUNT = "SELECT count(*) FROM memories WHERE quarantined_at IS NOT NULL AND deleted_at IS NULL AND client_id = ?"
UNDER_KEY = f"""
    SELECT {COLUMNS} FROM memories WHERE quarantined_at IS NOT NULL AND deleted_at IS NULL
    AND namespace = ? AND key = ? AND client_id = ?
"""  # noqa: S608 (constants)
THE_PERSON = Author(client_id="", grant_id="", tool="ostiary memory quarantine")
"""Who decides by command is no app."""


BY_COMMAND = re.compile(r"|cli|import(:.*)?")
"""Ids of no app: who writes by command has the vault in hand, and waits for nobody."""


class TooManyWaitingError(NoRoomError):
    """The app has written more than a person can be asked about."""


def holds_back(connection: Connection, client_id: str) -> bool:
    """Whether what this app writes has to wait."""
    if BY_COMMAND.fullmatch(client_id) or connection.execute(IS_ON).fetchone() is None:
        return False
    return connection.execute(IS_ACCEPTED, (client_id,)).fetchone() is None


def keep_back(connection: Connection, memory: Memory, at: datetime) -> tuple[Memory, bool]:
    """The memory as it waits, and whether it is new: the same again, or the same key again, waits once."""
    before = _waiting_already(connection, memory)
    if before is not None and (before.text, before.entities) == (memory.text, memory.entities):
        return before, False
    if before is not None:
        changed = replace(memory, id=before.id, created_at=before.created_at, quarantined_at=before.quarantined_at)
        writing.change(connection, changed, None, EventKind.UPDATED, memory.author)
        return changed, False
    if connection.execute(COUNT, (memory.author.client_id,)).fetchone()[0] >= MOST_WAITING:
        raise TooManyWaitingError(
            f"Not saved: {MOST_WAITING:,} memories of this app wait for the person already. The person decides with "
            "`ostiary memory quarantine`."
        )
    waiting = replace(memory, quarantined_at=at)
    writing.insert(connection, waiting, None)
    return waiting, True


def _waiting_already(connection: Connection, memory: Memory) -> Memory | None:
    if memory.key is not None:
        found = connection.execute(UNDER_KEY, (memory.namespace, memory.key, memory.author.client_id)).fetchone()
        return from_row(found) if found else None
    for one in statements.alike(connection, memory):
        is_own = one.quarantined_at is not None and one.author.client_id == memory.author.client_id
        if is_own and one.kind == memory.kind and relation(one.text, memory.text) == Relation.SAME:
            return one
    return None


@dataclass(frozen=True)
class Quarantine:
    """One person's quarantine, for the person."""

    vault: VaultAccess

    def is_on(self) -> bool:
        """Whether apps that were not accepted wait."""
        return self.vault.exists and self.vault.read(
            lambda connection: connection.execute(IS_ON).fetchone() is not None
        )

    def holds_back(self, client_id: str) -> bool:
        """Whether what this app writes has to wait; asking makes no vault."""
        return self.vault.exists and self.vault.read(lambda connection: holds_back(connection, client_id))

    def switch(self, *, on: bool, accepts_known: bool = True) -> tuple[str, ...]:
        """Switches it, and gives the client ids of apps that wrote before and are accepted with that."""

        def work(connection: Connection) -> tuple[str, ...]:
            connection.execute(
                "INSERT OR REPLACE INTO vault_settings VALUES ('quarantine', ?)", ("on" if on else "off",)
            )
            return _accept_known(connection) if on and accepts_known else ()

        return self._decided(work)

    def accepted(self) -> tuple[str, ...]:
        """The client ids whose writes need not wait."""
        statement = "SELECT client_id FROM accepted_apps ORDER BY client_id"
        return tuple(client_id for (client_id,) in self.vault.read(lambda c: c.execute(statement).fetchall()))

    def waiting(self) -> list[Memory]:
        """All that waits, the oldest first."""
        return self.vault.read(lambda connection: [from_row(row) for row in connection.execute(WAITING)])

    def accept_app(self, client_id: str) -> int:
        """The app's writes need not wait any more, and what waits of it is findable; gives how many that were."""

        def work(connection: Connection) -> int:
            _accept(connection, client_id)
            return self._each(connection, self._admit, lambda one: one.author.client_id == client_id)

        return self._decided(work)

    def accept(self, memory_id: str) -> int:
        """One memory becomes findable; its app still waits with the next."""
        return self._decided(lambda connection: self._each(connection, self._admit, lambda one: one.id == memory_id))

    def reject(self, name: str) -> int:
        """Into the trash: one memory by its id, or all that waits of an app by its client id; gives how many."""
        return self._decided(
            lambda connection: self._each(connection, self._discard, lambda one: name in (one.id, one.author.client_id))
        )

    def _decided(self, work: Callable[[Connection], T]) -> T:
        return self.vault.written(Signed(THE_PERSON, lambda: None), work)

    def _each(
        self, connection: Connection, act: Callable[[Connection, Memory], None], is_meant: Callable[[Memory], bool]
    ) -> int:
        meant = [one for one in map(from_row, connection.execute(WAITING).fetchall()) if is_meant(one)]
        for one in meant:
            act(connection, one)
        return len(meant)

    def _admit(self, connection: Connection, waiting: Memory) -> None:
        """A memory that holds its key already goes to the trash: the person decided for the one that waited."""
        holder = writing.holder_of(connection, waiting.namespace, waiting.key) if waiting.key is not None else None
        if holder is not None:
            gone = replace(holder, deleted_at=now())
            writing.change(connection, gone, None, EventKind.DELETED, THE_PERSON)
        admitted = replace(waiting, quarantined_at=None)
        embedded = self.vault.embedded(admitted.key, admitted.text)
        writing.change(connection, admitted, embedded, EventKind.ACCEPTED, THE_PERSON)
        contradictions.settle(connection, admitted, said_at(admitted), THE_PERSON)

    def _discard(self, connection: Connection, waiting: Memory) -> None:
        rejected = replace(waiting, deleted_at=now())
        writing.change(connection, rejected, None, EventKind.REJECTED, THE_PERSON)


def _accept(connection: Connection, client_id: str) -> None:
    connection.execute("INSERT OR IGNORE INTO accepted_apps VALUES (?, ?)", (client_id, microseconds(now())))


def _accept_known(connection: Connection) -> tuple[str, ...]:
    """Apps whose words are found already."""
    statement = "SELECT DISTINCT client_id FROM memories WHERE quarantined_at IS NULL ORDER BY client_id"
    known = tuple(client_id for (client_id,) in connection.execute(statement).fetchall())
    for client_id in known:
        _accept(connection, client_id)
    return known
