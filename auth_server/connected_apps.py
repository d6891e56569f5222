"""Who can do what right now: a person's live grants, grouped by app, in sentences."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from auth_server.client_identity import (
    RedirectTarget,
    Standing,
    display_name,
    initials,
    plain,
    redirect_place,
    redirect_target,
    standing,
)
from auth_server.client_snapshots import approved_name
from auth_server.documents.logos import shown_logo
from auth_server.grants import live_grants, revoke_grant
from auth_server.models import Client, Grant
from shared.authorization_details import MemoryAccess, NamespaceSet, in_natural_order, memory_access
from shared.scopes import RESOURCE_SCOPES

AT_A_GLANCE = 4
"""Namespaces that an app's one sentence names; its approvals name them all."""
MANY = 200


@dataclass(frozen=True)
class ShownGrant:
    """One approval that still holds."""

    id: str
    sentence: str
    scope: str
    opens_memories: bool
    """Whether there is anything to tick on the page that changes it."""
    allowed_at: datetime
    last_used_at: datetime | None
    expires_at: datetime


@dataclass(frozen=True)
class ConnectedApp:
    """One app and everything it may do now."""

    client_id: str
    name: str
    initials: str
    logo: str
    standing: Standing
    targets: tuple[RedirectTarget, ...]
    """Where its approvals sent the person: what tells two apps of one name apart."""
    sentence: str
    last_used_at: datetime | None
    grants: tuple[ShownGrant, ...]


def connected_apps(session: Session, user_id: str) -> list[ConnectedApp]:
    """The apps with live grants of this person, most recently used first."""
    by_client: dict[str, list[Grant]] = {}
    for grant in live_grants(session, user_id):
        by_client.setdefault(grant.client_id, []).append(grant)
    apps = [
        connected_app(session, session.get_one(Client, client_id), grants) for client_id, grants in by_client.items()
    ]
    return sorted(apps, key=lambda app: app.last_used_at or app.grants[0].allowed_at, reverse=True)


def connected_app(session: Session, client: Client, grants: list[Grant]) -> ConnectedApp:
    """One app with these grants of a person, the newest first."""
    name = plain(approved_name(grants[0], client)) or display_name(client)
    return ConnectedApp(
        client_id=client.client_id,
        name=name,
        initials=initials(name),
        logo=shown_logo(session, client),
        standing=standing(client),
        targets=_targets(grants),
        sentence=access_sentence(_union(memory_access(grant.details) for grant in grants), AT_A_GLANCE),
        last_used_at=max((grant.last_used_at for grant in grants if grant.last_used_at), default=None),
        grants=tuple(_shown(grant) for grant in grants),
    )


def disconnect(session: Session, user_id: str, client_id: str) -> bool:
    """Revokes every grant this person gave the client, also one whose code was not redeemed yet."""
    grants = session.exec(
        select(Grant).where(Grant.user_id == user_id, Grant.client_id == client_id, col(Grant.revoked_at).is_(None))
    ).all()
    for grant in grants:
        revoke_grant(session, grant, "disconnected by the person")
    return bool(grants)


def access_sentence(access: MemoryAccess, at_most: int = MANY) -> str:
    """Such as: May read memories in personal and work, and write memories in personal.

    Beyond `at_most` names the sentence counts instead of listing.
    """
    if access.read and access.read == access.write:
        return f"May read and write {_where(access.read, at_most)}."
    verbs = (("read", access.read), ("write", access.write))
    parts = [f"{verb} {_where(namespaces, at_most)}" for verb, namespaces in verbs if namespaces]
    return f"May {', and '.join(parts) or 'do nothing'}."


def _where(namespaces: NamespaceSet, at_most: int) -> str:
    if namespaces.everything:
        return "all memories, now and later"
    names = in_natural_order(namespaces.names)
    if len(names) > at_most + 1:
        names = [*names[:at_most], f"{len(names) - at_most} more"]
    listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    return f"memories in {listed}"


def _targets(grants: list[Grant]) -> tuple[RedirectTarget, ...]:
    """Each place once; a program on this computer is one place, whatever port it listened at."""
    by_place = {redirect_place(grant.redirect_uri): redirect_target(grant.redirect_uri) for grant in reversed(grants)}
    return tuple(by_place.values())


def _shown(grant: Grant) -> ShownGrant:
    return ShownGrant(
        id=grant.id,
        sentence=access_sentence(memory_access(grant.details)),
        scope=grant.scope,
        opens_memories=bool(set(grant.scopes) & set(RESOURCE_SCOPES)),
        allowed_at=grant.created_at,
        last_used_at=grant.last_used_at,
        expires_at=grant.expires_at,
    )


def _union(accesses: Iterable[MemoryAccess]) -> MemoryAccess:
    each = list(accesses)
    return MemoryAccess(_joined([access.read for access in each]), _joined([access.write for access in each]))


def _joined(sets: list[NamespaceSet]) -> NamespaceSet:
    return NamespaceSet(frozenset().union(*(each.names for each in sets)), any(each.everything for each in sets))
