"""Where a person's memory lies: in their own vault, and in those of the namespaces they share.

Every part of memory works on one vault. Here it learns which of them holds what a call asks for, under which names, and
in whose name a write there is signed.
"""

from dataclasses import dataclass, field, replace
from typing import TypeVar

from resource_server.memory.asked import Asked
from resource_server.memory.quarantine import Quarantine
from resource_server.memory.records import ReadOnlyNamespaceError, Signed
from resource_server.memory.sharing.membership import Membership, Memberships
from resource_server.memory.sharing.telling import told
from resource_server.memory.vault_access import VaultAccess
from shared.authorization_details import NamespaceSet

T = TypeVar("T")
HELD = "SELECT 1 FROM memories WHERE id = ?"


@dataclass(frozen=True)
class Place:
    """A person's own vault: its names are theirs, and what they may write to, they sign themselves."""

    vault: VaultAccess

    @property
    def may_write(self) -> bool:
        """Whether the person may write here, whatever a grant allows beside."""
        return True

    def inside(self, namespaces: NamespaceSet) -> NamespaceSet:
        """What of these lies here, as it is called here."""
        return replace(namespaces, names=namespaces.names - self.vault.elsewhere)

    def stored_as(self, namespace: str) -> str:
        """What a namespace that lies here is called here."""
        return namespace

    def signing(self, signed: Signed) -> Signed:
        """The signature under a write here. Raises ReadOnlyNamespaceError where the person may not write."""
        return signed

    def told(self, found: T) -> T:
        """What the vault says, in the words of the person."""
        return found

    def holds(self, memory_id: str) -> bool:
        """Whether the memory lies here, in the trash too; asking makes no vault."""
        return (
            self.vault.exists and self.vault.read(lambda held: held.execute(HELD, (memory_id,)).fetchone()) is not None
        )


@dataclass(frozen=True)
class SharedPlace(Place):
    """The vault of a shared namespace, for one of its members.

    Every write asks for the role once more before it is committed: whoever is removed meanwhile writes nothing.
    """

    membership: Membership
    memberships: Memberships = field(repr=False)
    quarantine: Quarantine
    """The member's own: it holds for what their apps write anywhere, and other members cannot wait for it."""

    @property
    def name(self) -> str:
        """What the member calls the namespace."""
        return self.membership.name

    @property
    def may_write(self) -> bool:
        """Whether the member's role allows it."""
        return self.membership.role.may_write

    def inside(self, namespaces: NamespaceSet) -> NamespaceSet:
        """All that lies here, where the member's name for it is among them."""
        return NamespaceSet.of(self.membership.stored_as) if self.name in namespaces else NamespaceSet()

    def stored_as(self, namespace: str) -> str:
        """What its memories lie under."""
        del namespace
        return self.membership.stored_as

    def signing(self, signed: Signed) -> Signed:
        """In the member's name; the ledger here learns who wrote, not what they asked: that stays in their own."""
        self._ensure_may_write(self.may_write)
        if self.quarantine.holds_back(signed.author.client_id):
            raise ReadOnlyNamespaceError(
                f"The namespace {self.name!r} is shared, and the person has not accepted yet what this app writes. "
                "Save to another namespace, where it waits for them."
            )
        author = replace(signed.author, person=self.membership.user_id)
        return Signed(author, lambda: self._confirm(signed), Asked(namespaces=(self.membership.stored_as,)))

    def told(self, found: T) -> T:
        """Under the member's name for the namespace, with what members see of each other."""
        return told(found, self.name, self.membership.author_of)

    def _confirm(self, signed: Signed) -> None:
        role = self.memberships.role_now(self.membership.share_id, self.membership.user_id)
        self._ensure_may_write(role is not None and role.may_write)
        signed.confirm()
        signed.asked.wrote_elsewhere(self.name)

    def _ensure_may_write(self, may_write: bool) -> None:
        if not may_write:
            raise ReadOnlyNamespaceError(
                f"The namespace {self.name!r} is shared, and this person may read it, not write to it. "
                "Its owner decides that. Save to another namespace."
            )


@dataclass(frozen=True)
class Places:
    """All of one person's, at this moment."""

    own: Place
    shared: tuple[SharedPlace, ...] = ()

    @property
    def every(self) -> tuple[Place, ...]:
        """The person's own first."""
        return (self.own, *self.shared)

    def of(self, namespace: str) -> Place:
        """Where a namespace lies; a new one is the person's own."""
        return next((place for place in self.shared if place.name == namespace), self.own)

    def reached(self, namespaces: NamespaceSet) -> tuple[Place, ...]:
        """Where these namespaces lie; the person's own vault where that is nowhere."""
        return tuple(place for place in self.every if place.inside(namespaces)) or (self.own,)

    def writable(self, namespaces: NamespaceSet, signed: Signed) -> tuple[Place, ...]:
        """Of those the ones the person may write to. Raises ReadOnlyNamespaceError where there is none."""
        reached = self.reached(namespaces)
        found = tuple(place for place in reached if place.may_write)
        if not found:
            reached[0].signing(signed)
        return found

    def holding(self, memory_id: str, namespaces: NamespaceSet) -> Place:
        """Where the memory lies, if in these namespaces; else the person's own vault, which does not know it either."""
        return next((place for place in self.shared if place.inside(namespaces) and place.holds(memory_id)), self.own)
