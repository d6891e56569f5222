"""One person's vault as every part of memory uses it: snapshots to read, transactions to write, and the embedder."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from resource_server.memory.embeddings import Embedder, Vectors
from resource_server.memory.ledger import KEPT, Retention, append_write, last_event
from resource_server.memory.purging import purge
from resource_server.memory.records import ReadOnlyNamespaceError, Signed
from resource_server.memory.vault import Connection
from resource_server.memory.vaults import Vaults

T = TypeVar("T")
Embedded = tuple[str, Vectors] | None
"""The embedder's name and one vector, or None where nothing embeds."""


@dataclass(frozen=True)
class VaultAccess:
    """The vault that `vaults` lends under `user_id`; it is opened for each piece of work and held no longer.

    `elsewhere` are the namespaces that the person shares: their memories lie in other vaults, and none is written here.
    In the vault of a shared namespace `member` is who uses it, and signs every write.
    """

    vaults: Vaults
    user_id: str
    embedder: Embedder
    retention: Retention = KEPT
    elsewhere: frozenset[str] = frozenset()
    member: str = ""

    @property
    def exists(self) -> bool:
        """Whether this person ever stored something; being asked about makes no vault."""
        return self.vaults.exists(self.user_id)

    def read(self, work: Callable[[Connection], T]) -> T:
        """What `work` finds in one snapshot. Raises StoreBusyError."""
        with self.vaults.lend(self.user_id) as vault, vault.read() as connection:
            return work(connection)

    def written(self, signed: Signed, work: Callable[[Connection], T]) -> T:
        """What `work` did in one transaction, committed once its signature was confirmed. Raises StoreBusyError.

        The entry in the ledger is part of it. Raises ReadOnlyNamespaceError for a memory that belongs elsewhere.
        """
        if signed.author.person != self.member:
            raise ValueError("a write to the vault of a shared namespace is signed by a member, and no other is")
        with self.vaults.lend(self.user_id) as vault, vault.write() as connection:
            before = last_event(connection)
            result = work(connection)
            self._ensure_belongs_here(append_write(connection, signed, before, self.retention))
            purge(connection)
            signed.confirm()
        signed.asked.has_written = signed.asked.is_recorded = True
        return result

    def _ensure_belongs_here(self, namespaces: Sequence[str]) -> None:
        for namespace in namespaces:
            if namespace in self.elsewhere:
                raise ReadOnlyNamespaceError(
                    f"The namespace {namespace!r} is shared with other people, and this is written to the person's own "
                    "memory. Name another namespace."
                )

    def noted(self, work: Callable[[Connection], None]) -> None:
        """Bookkeeping of the server itself, which nobody signs and no event tells. Raises StoreBusyError."""
        with self.vaults.lend(self.user_id) as vault, vault.write() as connection:
            work(connection)

    def embedded(self, key: str | None, text: str) -> Embedded:
        """The key is part of what a memory means: `favourite colour` is nowhere in the text `blue`."""
        return self.embedded_all([(key, text)])[0]

    def embedded_all(self, named_texts: Sequence[tuple[str | None, str]]) -> list[Embedded]:
        """As `embedded`, for many pairs of a key and a text at once. What has no vector now gets it later."""
        vectors = self.embedder.embed([f"{key}: {text}" if key else text for key, text in named_texts])
        if vectors is None:
            self.vaults.unembedded.add(self.user_id)
            return [None] * len(named_texts)
        return [(self.embedder.name, vector) for vector in vectors]
