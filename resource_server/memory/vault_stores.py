"""Everybody's stores on vaults."""

from dataclasses import dataclass, field, replace

from resource_server.memory.embeddings import Embedder
from resource_server.memory.ledger import KEPT, Entry, Retention
from resource_server.memory.quarantine import Quarantine
from resource_server.memory.quotas import DEFAULT_QUOTAS, Quotas
from resource_server.memory.readings import Readings
from resource_server.memory.sharing.combined import CombinedStore
from resource_server.memory.sharing.membership import Memberships
from resource_server.memory.sharing.places import Place, Places, SharedPlace
from resource_server.memory.sqlite import SqliteMemoryStore
from resource_server.memory.unembedded import Unembedded
from resource_server.memory.vault_access import VaultAccess
from resource_server.memory.vaults import Vaults, is_user_id, is_vault_id


@dataclass(frozen=True)
class VaultStores:
    """Hands out the store of one person at a time."""

    vaults: Vaults
    embedder: Embedder
    quotas: Quotas = DEFAULT_QUOTAS
    retention: Retention = KEPT
    memberships: Memberships | None = None
    readings: Readings = field(default_factory=Readings)

    def of(self, user_id: str) -> SqliteMemoryStore | CombinedStore:
        """The store of one person, with what they share at this moment. Raises ValueError unless `user_id` is one."""
        places = self.places_of(user_id)
        return CombinedStore(places, self.quotas) if places.shared else SqliteMemoryStore(places.own.vault, self.quotas)

    def own_of(self, user_id: str) -> SqliteMemoryStore:
        """What lies in the person's own vault, without what they share. Raises ValueError unless it is one."""
        return SqliteMemoryStore(self.vault_of(user_id), self.quotas)

    def places_of(self, user_id: str) -> Places:
        """Where all of a person's memory lies at this moment. Raises ValueError unless `user_id` is one."""
        own = self.vault_of(user_id)
        if self.memberships is None:
            return Places(Place(own))
        memberships, quarantine = self.memberships, Quarantine(own)
        shared = (
            SharedPlace(replace(self._vault(one.share_id), member=user_id), one, memberships, quarantine)
            for one in memberships.of(user_id)
        )
        return Places(Place(own), tuple(shared))

    def vault_of(self, user_id: str) -> VaultAccess:
        """What the other parts of a person's memory are made of. Raises ValueError unless `user_id` is one."""
        if not is_user_id(user_id):
            raise ValueError("not a user id")
        shared = self.memberships.of(user_id) if self.memberships is not None else ()
        return replace(self._vault(user_id), elsewhere=frozenset(one.name for one in shared))

    def any_vault(self, vault_id: str) -> VaultAccess:
        """A person's vault or a shared one, for upkeep that tells nobody what is in it."""
        return self._vault(vault_id)

    def _vault(self, vault_id: str) -> VaultAccess:
        return VaultAccess(self.vaults, vault_id, self.embedder, self.retention)

    def note(self, user_id: str, entry: Entry) -> None:
        """Takes a reading into the ledger and does not wait."""
        if not is_user_id(user_id):
            raise ValueError("not a user id")
        self.readings.note(self._vault(user_id), entry)

    def settle(self) -> None:
        """Waits until the readings noted before stand in the ledger."""
        self.readings.settle()

    @property
    def unembedded(self) -> Unembedded:
        """Whose vaults may hold memories without a vector."""
        return self.vaults.unembedded

    def user_ids(self) -> tuple[str, ...]:
        """Everybody who ever stored something."""
        return self.vaults.user_ids()

    def vault_ids(self) -> tuple[str, ...]:
        """Every vault there is, people's and then those of shared namespaces."""
        return (*self.vaults.user_ids(), *self.vaults.share_ids())

    def size_of(self, user_id: str) -> int:
        """How many bytes are stored for a person; 0 for an id that no vault can have."""
        return self.vaults.size_of(user_id) if is_vault_id(user_id) else 0

    def erase(self, user_id: str) -> None:
        """Removes what is stored for a person, once the key is gone. Raises StoreBusyError while it is in use."""
        if is_vault_id(user_id):
            self.vaults.erase(user_id)

    def facts(self) -> dict[str, str | int]:
        """What a status may say."""
        return {"backend": "sqlcipher", "embedder": self.embedder.name}

    def close(self) -> None:
        """Closes every vault, once the readings that wait are in."""
        self.readings.close()
        if self.memberships is not None:
            self.memberships.close()
        self.vaults.close()
