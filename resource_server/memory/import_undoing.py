"""Taking an import back: into the trash with all that nobody changed since."""

from dataclasses import dataclass, replace
from functools import partial

from resource_server.memory import import_batches as batches
from resource_server.memory import writing
from resource_server.memory.conversations.withdrawal import withdraw
from resource_server.memory.records import Author, Signed
from resource_server.memory.vault import Connection
from resource_server.memory.vault_access import VaultAccess
from resource_server.memory.writing import EventKind
from shared.authorization_details import NamespaceSet
from shared.clock import now

AT_ONCE = 300
EVERYWHERE = NamespaceSet(everything=True)


@dataclass(frozen=True)
class Undone:
    """`trashed` can be restored for as long as the trash is kept; `changed` stayed; `gone` had been deleted before."""

    trashed: int
    changed: int
    gone: int


class UnknownBatchError(ValueError):
    """There is no import of that number, or it was undone before."""


@dataclass(frozen=True)
class ImportUndoing:
    """The imports of one vault, and their end."""

    vault: VaultAccess

    def batches(self) -> list[batches.Batch]:
        """Every import, newest first; asking makes no vault."""
        return self.vault.read(batches.every) if self.vault.exists else []

    def undo(self, batch: str) -> Undone:
        """Puts into the trash what the import brought, a few hundred a transaction. Raises UnknownBatchError."""
        if not any(one.id == batch and one.undone_at is None for one in self.batches()):
            raise UnknownBatchError(batch)
        signed = Signed(Author("import", "", "memory import undo", "import", batch), lambda: None)
        ids = self.vault.read(lambda connection: batches.brought(connection, batch))
        fates: list[str] = []
        for start in range(0, len(ids), AT_ONCE):
            work = partial(_fates, ids[start : start + AT_ONCE], signed.author)
            fates += self.vault.written(signed, work)
        self.vault.written(signed, lambda connection: batches.undone(connection, batch))
        return Undone(fates.count("trashed"), fates.count("changed"), fates.count("gone"))


def _fates(memory_ids: list[str], author: Author, connection: Connection) -> list[str]:
    return [_fate(connection, memory_id, author) for memory_id in memory_ids]


def _fate(connection: Connection, memory_id: str, author: Author) -> str:
    memory = writing.live(connection, memory_id, EVERYWHERE)
    if memory is None:
        return "gone"
    if batches.is_changed(connection, author.session_id, memory_id):
        return "changed"
    gone = replace(memory, deleted_at=now())
    writing.change(connection, gone, None, EventKind.DELETED, author)
    withdraw(connection, gone, author)
    return "trashed"
