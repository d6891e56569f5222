"""Writes to many memories at once, each in one transaction: rolling back an app, deleting by filter."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from resource_server.memory import origins, writing
from resource_server.memory.conversations.withdrawal import withdraw
from resource_server.memory.records import Filters, Memory, Signed
from resource_server.memory.rolling_back import AppWrites, Plan, Undoing, carry_out, plan
from resource_server.memory.rows import COLUMNS, LIVE, SEEN, TAGGED, WANTED, filtered, from_row
from resource_server.memory.vault import Connection
from resource_server.memory.vault_access import VaultAccess
from resource_server.memory.writing import EventKind
from shared.authorization_details import NamespaceSet
from shared.clock import now

MOST = 1_000
"""So many memories one call changes at most: a transaction must not keep others waiting."""

MATCHING = f"""
    SELECT {COLUMNS} FROM memories WHERE {LIVE} AND {SEEN} AND {TAGGED} AND {WANTED} ORDER BY id LIMIT {MOST + 1}
"""  # noqa: S608 (constants)
SETTING = "confirmation key"


@dataclass(frozen=True)
class BulkWrites:
    """Writes to many memories in one vault; in that of a shared namespace an app is one of its `member`."""

    vault: VaultAccess

    def planned(self, app: str, since: datetime, namespaces: NamespaceSet) -> Plan:
        """What rolling back would do."""
        writes = AppWrites(app, since, self.vault.member)
        return self.vault.read(lambda connection: plan(connection, writes, namespaces, MOST))

    def roll_back(
        self, app: str, since: datetime, namespaces: NamespaceSet, signed: Signed, agreed: Plan | None = None
    ) -> Plan:
        """Undoes what an app wrote, of that only what was agreed to; gives what it did.

        It is planned inside the transaction: what others wrote until then is seen, and left alone.
        """
        writes = AppWrites(app, since, self.vault.member)

        def work(connection: Connection) -> Plan:
            undos = plan(connection, writes, namespaces, MOST)
            undos = undos if agreed is None else undos.within(agreed)
            carry_out(connection, self.vault, undos, signed.author)
            back = [one.memory.id for one in undos.memories if one.doing in (Undoing.CHANGED_BACK, Undoing.RETURNED)]
            origins.withdraw(connection, writes.asked(), namespaces, undos.statements, back)
            return undos

        return self.vault.written(signed, work)

    def matching(self, filters: Filters) -> tuple[list[Memory], bool]:
        """The live memories that fit, at most MOST, and whether there are more."""
        found = self.vault.read(lambda connection: _matching(connection, filters))
        return found[:MOST], len(found) > MOST

    def delete(self, is_meant: Callable[[Memory], bool], filters: Filters, signed: Signed) -> int:
        """Puts what fits and is meant into the trash; gives how many."""

        def work(connection: Connection) -> int:
            doomed = [memory for memory in _matching(connection, filters) if is_meant(memory)]
            gone = [replace(memory, deleted_at=now()) for memory in doomed]
            for memory in gone:
                writing.change(connection, memory, None, EventKind.DELETED, signed.author)
            for memory in gone:
                withdraw(connection, memory, signed.author)
            return len(gone)

        return self.vault.written(signed, work)

    def confirmation_key(self, signed: Signed) -> str:
        """A secret of this vault that signs what the person is asked to confirm; made when first needed."""
        key = self.vault.read(_confirmation_key)
        if key is not None:
            return key

        def work(connection: Connection) -> str:
            connection.execute("INSERT OR IGNORE INTO vault_settings VALUES (?, ?)", (SETTING, secrets.token_hex(32)))
            return _confirmation_key(connection) or ""

        return self.vault.written(signed, work)


def _matching(connection: Connection, filters: Filters) -> list[Memory]:
    return [from_row(row) for row in connection.execute(MATCHING, filtered(filters, now())).fetchall()]


def _confirmation_key(connection: Connection) -> str | None:
    found = connection.execute("SELECT value FROM vault_settings WHERE name = ?", (SETTING,)).fetchone()
    return str(found[0]) if found else None
