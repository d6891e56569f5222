"""Who can do what right now: a person's live grants, grouped by app, in sentences."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import reduce

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
from auth_server.grant_sentences import AT_A_GLANCE, allowed_sentence, grant_sentence
from auth_server.grants import live_grants, revoke_grant
from auth_server.models import Client, Grant
from auth_server.own_pages import is_own_pages
from shared.authorization_details import MemoryAccess, NamespaceSet, memory_access
from shared.scopes import RESOURCE_SCOPES
from shared.server_access import NO_SERVER, ServerAccess


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
    is_own_pages: bool = False
    """Whether it is this Ostiary's own pages, where the person is signed in."""


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
        sentence=_sentence(grants),
        last_used_at=max((grant.last_used_at for grant in grants if grant.last_used_at), default=None),
        grants=tuple(_shown(grant) for grant in grants),
        is_own_pages=is_own_pages(client),
    )


def disconnect(session: Session, user_id: str, client_id: str) -> bool:
    """Revokes every grant this person gave the client, also one whose code was not redeemed yet."""
    grants = session.exec(
        select(Grant).where(Grant.user_id == user_id, Grant.client_id == client_id, col(Grant.revoked_at).is_(None))
    ).all()
    for grant in grants:
        revoke_grant(session, grant, "disconnected by the person")
    return bool(grants)


def _sentence(grants: list[Grant]) -> str:
    """What all of them allow together."""
    scopes = {scope for grant in grants for scope in grant.scopes}
    access = _union(memory_access(grant.details) for grant in grants)
    return allowed_sentence(tuple(scopes), access, AT_A_GLANCE)


def _targets(grants: list[Grant]) -> tuple[RedirectTarget, ...]:
    """Each place once; a program on this computer is one place, whatever port it listened at."""
    by_place = {redirect_place(grant.redirect_uri): redirect_target(grant.redirect_uri) for grant in reversed(grants)}
    return tuple(by_place.values())


def _shown(grant: Grant) -> ShownGrant:
    return ShownGrant(
        id=grant.id,
        sentence=grant_sentence(grant),
        scope=grant.scope,
        opens_memories=bool(set(grant.scopes) & set(RESOURCE_SCOPES)),
        allowed_at=grant.created_at,
        last_used_at=grant.last_used_at,
        expires_at=grant.expires_at,
    )


def _union(accesses: Iterable[MemoryAccess]) -> MemoryAccess:
    each = list(accesses)
    return MemoryAccess(
        _joined([access.read for access in each]),
        _joined([access.write for access in each]),
        frozenset().union(*(access.tools for access in each)),
        reduce(ServerAccess.union, (access.servers for access in each), NO_SERVER),
    )


def _joined(sets: list[NamespaceSet]) -> NamespaceSet:
    return NamespaceSet(frozenset().union(*(each.names for each in sets)), any(each.everything for each in sets))
