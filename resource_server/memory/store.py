"""The contract of memory storage: what every backend does for one person, and how to open one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy import Engine

from resource_server.memory.embedders.opening import open_embedder
from resource_server.memory.embeddings import Embedder
from resource_server.memory.ledger import Entry, Retention
from resource_server.memory.origins import Statement
from resource_server.memory.quotas import Quotas
from resource_server.memory.records import Changes, Draft, Filters, Hit, Kept, Memory, Page, Signed, Stats
from resource_server.memory.sharing.membership import Memberships
from resource_server.memory.sharing.places import Places
from resource_server.memory.unembedded import Unembedded
from resource_server.memory.vault_access import VaultAccess
from resource_server.memory.vault_keys import SealedKeyRing
from resource_server.memory.vault_stores import VaultStores
from resource_server.memory.vaults import Vaults
from resource_server.settings import Settings
from shared.authorization_details import NamespaceSet
from shared.master_key import MasterKey


class MemoryStore(Protocol):
    """One person's memories. No method takes a user: another person's cannot be named.

    Reads see what `namespaces` or `filters` allow; the rest does not exist. A write and its event are one transaction.
    With `as_of` a read answers from what events left behind until then: what was deleted since is there again, what was
    written later is not, and what has left the trash for good is gone from the past too.
    """

    def put(self, draft: Draft, signed: Signed) -> tuple[Memory, bool]:
        """The stored memory, and whether it is new.

        A live memory of the same namespace and key is replaced; one without a key that says the same is the same
        memory. Raises QuotaReachedError, TooManyNamespacesError, TooManyWaitingError.
        """
        ...

    def keep(self, draft: Draft, signed: Signed, idempotency_key: str | None = None) -> Kept:
        """What became of a draft; one that the same app sends again under the same key is stored once.

        Raises what `put` raises, and IdempotencyKeyReusedError.
        """
        ...

    def origins(self, memory_ids: Sequence[str]) -> dict[str, tuple[Statement, ...]]:
        """The statements that were merged into these memories, by id; the caller has read the memories themselves."""
        ...

    def get(self, memory_id: str, namespaces: NamespaceSet, as_of: datetime | None = None) -> Memory | None:
        """The live memory with this id."""
        ...

    def by_key(self, key: str, namespaces: NamespaceSet, as_of: datetime | None = None) -> list[Memory]:
        """The live memories with this key, one a namespace at most, most recently changed first."""
        ...

    def search(self, query: str, filters: Filters, limit: int, *, folded: bool = True) -> list[Hit]:
        """The best matches by words and by meaning, best first; any text is a valid query.

        Memories that say the same are folded into the best of them, unless `folded` is off.
        """
        ...

    def page(self, filters: Filters, cursor: str | None, limit: int) -> Page:
        """A page of live memories, newest first. Raises UnknownCursorError."""
        ...

    def update(self, memory_id: str, changes: Changes, namespaces: NamespaceSet, signed: Signed) -> Memory | None:
        """The changed memory, or None where there is no live memory with this id."""
        ...

    def delete(self, memory_id: str, namespaces: NamespaceSet, signed: Signed) -> Memory | None:
        """Into the trash for 30 days. None where there is no live memory with this id."""
        ...

    def restore(self, memory_id: str, namespaces: NamespaceSet, signed: Signed) -> Memory | None:
        """Out of the trash. None where it holds no such memory, or its key was taken meanwhile."""
        ...

    def stats(self, namespaces: NamespaceSet, as_of: datetime | None = None) -> Stats:
        """Counts over these namespaces alone."""
        ...

    def unembedded(self, namespaces: NamespaceSet) -> int:
        """How many memories of these namespaces are found by their words alone until they have their vector."""
        ...

    def namespaces(self) -> tuple[str, ...]:
        """The namespaces that hold live memories, in order of name; reading them makes no vault."""
        ...


class MemoryStores(Protocol):
    """Every person's store, one at a time."""

    def of(self, user_id: str) -> MemoryStore:
        """The store of one person; `user_id` is `usr_…` from a verified token. Raises ValueError for anything else."""
        ...

    def own_of(self, user_id: str) -> MemoryStore:
        """What lies in the person's own vault, without what they share."""
        ...

    def places_of(self, user_id: str) -> Places:
        """Where all of a person's memory lies at this moment. Raises ValueError for what is no user id."""
        ...

    def vault_of(self, user_id: str) -> VaultAccess:
        """What the other parts of a person's memory are made of. Raises ValueError for what is no user id."""
        ...

    def any_vault(self, vault_id: str) -> VaultAccess:
        """A person's vault or a shared one, for upkeep that tells nobody what is in it."""
        ...

    @property
    def quotas(self) -> Quotas:
        """How much each person may keep."""
        ...

    @property
    def unembedded(self) -> Unembedded:
        """Whose vaults may hold memories without a vector: somebody has to look at them."""
        ...

    def user_ids(self) -> tuple[str, ...]:
        """Everybody who ever stored something, in order of id."""
        ...

    def vault_ids(self) -> tuple[str, ...]:
        """Every vault there is, people's and then those of shared namespaces."""
        ...

    def note(self, user_id: str, entry: Entry) -> None:
        """Takes a reading into the person's ledger, a moment later; it never waits."""
        ...

    def settle(self) -> None:
        """Waits until the readings noted before stand in the ledger."""
        ...

    def size_of(self, user_id: str) -> int:
        """How many bytes are stored for a person."""
        ...

    def erase(self, user_id: str) -> None:
        """Removes what is stored for a person, once the key is gone. Raises StoreBusyError while it is in use."""
        ...

    @property
    def embedder(self) -> Embedder:
        """What turns texts into vectors here."""
        ...

    def facts(self) -> dict[str, str | int]:
        """What a status may say: `backend` and `embedder`."""
        ...

    def close(self) -> None:
        """Closes every open file."""
        ...


def open_stores(settings: Settings, engine: Engine, master_key: MasterKey) -> MemoryStores:
    """Encrypted vaults in the data folder; their wrapped keys lie in the table vault_keys of `engine`."""
    vaults = Vaults(
        settings.data_dir / "vaults",
        SealedKeyRing(engine, master_key),
        settings.open_vaults,
        settings.search_memory * 1024 * 1024,
    )
    quotas = Quotas(settings.max_memories, settings.max_vault_mb)
    retention = Retention(settings.ledger_days, settings.ledger_rows)
    return VaultStores(vaults, open_embedder(settings), quotas, retention, Memberships(engine))
