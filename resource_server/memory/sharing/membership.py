"""Who shares what, as the database says at this moment: nothing is remembered longer than it is true."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from threading import Lock

from sqlalchemy import Engine
from sqlmodel import col, select

from resource_server.memory.records import Author
from resource_server.models import SharedMember, SharedNamespace
from shared.database import unit_of_work
from shared.database_version import DatabaseVersion

FORMER = "a former member"


class Role(StrEnum):
    """What a member may do: the owner besides is whom the namespace belongs to."""

    OWNER = "owner"
    WRITER = "writer"
    READER = "reader"

    @property
    def may_write(self) -> bool:
        """Whether memories may be stored, changed and deleted."""
        return self is not Role.READER


@dataclass(frozen=True)
class Membership:
    """One shared namespace as one member sees it.

    `name` is theirs, `stored_as` that of its vault; `labels` say what the members are called, by their ids.
    """

    share_id: str
    user_id: str
    name: str
    stored_as: str
    role: Role
    labels: Mapping[str, str] = field(repr=False)

    def label_of(self, user_id: str) -> str:
        """What members see of the person who wrote something."""
        return self.labels.get(user_id, FORMER)

    def author_of(self, author: Author) -> Author:
        """What this member is told of who wrote: of others neither the grant nor the session, for those are theirs."""
        told = replace(author, person=self.label_of(author.person))
        return told if author.person == self.user_id else replace(told, grant_id="", session_id="")


class Memberships:
    """Reads them anew whenever anybody has committed since."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = Lock()
        self._version: DatabaseVersion | None = None
        self._known: dict[str, tuple[Membership, ...]] = {}
        self._true_at: int | None = None

    def of(self, user_id: str) -> tuple[Membership, ...]:
        """What this person shares, in the order of names."""
        version = self._database_version()
        with self._lock:
            if version is not None and version == self._true_at and user_id in self._known:
                return self._known[user_id]
        found = self._read(user_id)
        with self._lock:
            if version != self._true_at:
                self._known, self._true_at = {}, version
            self._known[user_id] = found
        return found

    def role_now(self, share_id: str, user_id: str) -> Role | None:
        """The role of a member at this moment; None for who is none."""
        with unit_of_work(self._engine, read_only=True) as session:
            member = session.get(SharedMember, (share_id, user_id))
            return Role(member.role) if member is not None else None

    def close(self) -> None:
        """Ends the connection that counts."""
        with self._lock:
            if self._version is not None:
                self._version.close()
                self._version = None

    def _database_version(self) -> int | None:
        with self._lock:
            if self._version is None:
                self._version = DatabaseVersion(self._engine)
            return self._version.now()

    def _read(self, user_id: str) -> tuple[Membership, ...]:
        own = select(SharedMember, SharedNamespace).where(
            SharedMember.share_id == SharedNamespace.id, SharedMember.user_id == user_id
        )
        with unit_of_work(self._engine, read_only=True) as session:
            mine = session.exec(own.order_by(col(SharedMember.name))).all()
            ids = [share.id for _, share in mine]
            others = session.exec(select(SharedMember).where(col(SharedMember.share_id).in_(ids))).all() if ids else ()
        labels: dict[str, dict[str, str]] = {share_id: {} for share_id in ids}
        for one in others:
            labels[one.share_id][one.user_id] = one.label
        return tuple(
            Membership(share.id, user_id, member.name, share.name, Role(member.role), labels[share.id])
            for member, share in mine
        )
