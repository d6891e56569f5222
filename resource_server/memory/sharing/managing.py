"""How namespaces come to be shared, and how that ends; for commands and for the end of accounts, never for apps."""

from dataclasses import dataclass, field
from typing import Protocol

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from resource_server.memory.sharing.membership import Role
from resource_server.memory.vault_access import VaultAccess
from resource_server.memory.vault_keys import destroy_key
from resource_server.models import SharedMember, SharedNamespace
from shared.authorization_details import DEFAULT_NAMESPACE, is_namespace
from shared.database import unit_of_work
from shared.ids import new_id

MOST_MEMBERS = 200
IN_USE = "SELECT 1 FROM memories WHERE namespace = ? LIMIT 1"


class SharingError(ValueError):
    """What cannot be done; the text says why, and what to do instead."""


class VaultsOfEverybody(Protocol):
    """What of the stores is needed here."""

    def vault_of(self, user_id: str) -> VaultAccess:
        """One person's vault."""
        ...

    def erase(self, user_id: str) -> None:
        """Removes a vault whose key is gone."""
        ...


@dataclass(frozen=True)
class Sharing:
    """Every change is one transaction, and true for the next call of every app."""

    engine: Engine = field(repr=False)
    stores: VaultsOfEverybody

    def create(self, name: str, owner: str, label: str) -> SharedNamespace:
        """A new, empty namespace, whose first member owns it. Raises SharingError."""
        if not is_namespace(name) or name == DEFAULT_NAMESPACE:
            raise SharingError(f"{name} cannot be shared: take another lower-case name, such as our-home")
        share = SharedNamespace(id=new_id("grp"), name=name)
        self._ensure_free(name, owner)
        with unit_of_work(self.engine) as session:
            _ensure_not_shared(session, name, owner)
            session.add(share)
            session.flush()
            session.add(_member(share.id, owner, name, Role.OWNER, label))
        return share

    def add(self, share_id: str, user_id: str, role: Role, label: str, name: str = "") -> SharedMember:
        """A new member, who sees it as `name`, or under its own name. Raises SharingError."""
        if role is Role.OWNER:
            raise SharingError("it has an owner already; add somebody as a writer, then make them the owner")
        with unit_of_work(self.engine, read_only=True) as session:
            shown = name or _share(session, share_id).name
        if not is_namespace(shown) or shown == DEFAULT_NAMESPACE:
            raise SharingError(f"{shown} is no name for a shared namespace: take a lower-case name such as our-home")
        self._ensure_free(shown, user_id)
        with unit_of_work(self.engine) as session:
            members = _members(session, share_id)
            if any(member.user_id == user_id for member in members):
                raise SharingError(f"{label} shares it already")
            if len(members) >= MOST_MEMBERS:
                raise SharingError(f"{MOST_MEMBERS} people share it already, and no more can")
            _ensure_not_shared(session, shown, user_id)
            member = _member(share_id, user_id, shown, role, label)
            session.add(member)
        return member

    def remove(self, share_id: str, user_id: str) -> None:
        """Somebody shares it no more; what they wrote stays. Raises SharingError for the owner."""
        with unit_of_work(self.engine) as session:
            member = _known(session, share_id, user_id)
            if member.role == Role.OWNER:
                raise SharingError("the owner cannot be removed: make another member the owner first, or delete it")
            session.delete(member)

    def set_role(self, share_id: str, user_id: str, role: Role) -> None:
        """Another role; who becomes the owner makes the present one a writer. Raises SharingError."""
        with unit_of_work(self.engine) as session:
            member = _known(session, share_id, user_id)
            if member.role == Role.OWNER and role is not Role.OWNER:
                raise SharingError("it needs an owner: make another member the owner, and this one becomes a writer")
            if role is Role.OWNER:
                for other in _members(session, share_id):
                    other.role = Role.WRITER if other.role == Role.OWNER else other.role
            member.role = role

    def delete(self, share_id: str) -> None:
        """Its key is destroyed, its file removed, and nobody shares it any more; doing so twice is fine.

        Raises StoreBusyError. The members go last, so that what a crash interrupts can be found and done again.
        """
        destroy_key(self.engine, share_id, {})
        self.stores.erase(share_id)
        with unit_of_work(self.engine) as session:
            for member in _members(session, share_id):
                session.delete(member)
            session.flush()
            share = session.get(SharedNamespace, share_id)
            if share is not None:
                session.delete(share)

    def leave_all(self, user_id: str) -> None:
        """The end of an account: memberships go, shared memories stay.

        What the person owned passes to the writer who has been there longest; where nobody may write, to the reader
        who has; where nobody is left, it is destroyed with its key. Doing so twice is fine. Raises StoreBusyError.
        """
        deserted = []
        with unit_of_work(self.engine) as session:
            own = session.exec(select(SharedMember).where(SharedMember.user_id == user_id)).all()
            for member in own:
                others = [other for other in _members(session, member.share_id) if other.user_id != user_id]
                if member.role == Role.OWNER and others:
                    heir = min(others, key=lambda one: (one.role == Role.READER, one.joined_at, one.user_id))
                    heir.role = Role.OWNER
                if others:
                    session.delete(member)
                else:
                    deserted.append(member.share_id)
        for share_id in deserted:
            self.delete(share_id)

    def _ensure_free(self, name: str, user_id: str) -> None:
        """A person's own namespace of that name would be hidden behind the shared one."""
        vault = self.stores.vault_of(user_id)
        if vault.exists and vault.read(lambda held: held.execute(IN_USE, (name,)).fetchone()):
            raise SharingError(
                f"that person has a namespace {name} of their own, perhaps in the trash: choose another name for it"
            )


def _ensure_not_shared(session: Session, name: str, user_id: str) -> None:
    taken = select(SharedMember).where(SharedMember.user_id == user_id, SharedMember.name == name)
    if session.exec(taken).first() is not None:
        raise SharingError(f"that person shares another namespace called {name}: choose another name for it")


def _share(session: Session, share_id: str) -> SharedNamespace:
    share = session.get(SharedNamespace, share_id)
    if share is None:
        raise SharingError(f"no shared namespace has the id {share_id}")
    return share


def _members(session: Session, share_id: str) -> list[SharedMember]:
    """The one who has been there longest first. Raises SharingError where there is no such namespace."""
    found = select(SharedMember).where(SharedMember.share_id == share_id)
    return list(session.exec(found.order_by(col(SharedMember.joined_at), col(SharedMember.user_id))))


def _known(session: Session, share_id: str, user_id: str) -> SharedMember:
    member = session.get(SharedMember, (share_id, user_id))
    if member is None:
        raise SharingError("that person does not share it; `ostiary memory share list` shows who does")
    return member


def _member(share_id: str, user_id: str, name: str, role: Role, label: str) -> SharedMember:
    return SharedMember(share_id=share_id, user_id=user_id, name=name, role=role, label=label)
