"""Grants of clients in their own name (RFC 6749 §4.4): one for all tokens of the same rights, while it is used."""

from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import Session, col, select

from auth_server.grants import create_grant, edit_grant
from auth_server.models import Client, Grant
from auth_server.oauth.errors import InvalidAuthorizationDetailsError
from auth_server.oauth.token_response import is_noted
from shared.authorization_details import MemoryAccess, memory_access, memory_details
from shared.clock import now
from shared.scopes import Scope

LIFETIME = timedelta(days=1)
"""From the last half of it on, the next token prolongs the grant: what nobody uses is gone by itself."""

MOST = 100
"""Grants of one client that live at once: each is a row, and all of them are looked at for each token."""
TOO_MANY = "Too many different authorization_details within a day: ask for the same ones again, or leave them out."


class MustWriteError(Exception):
    """The answer has to write something, and the transaction only reads."""


@dataclass(frozen=True)
class OwnRights:
    """What a client may do in its own name at one resource."""

    resource: str
    scopes: tuple[Scope, ...]
    access: MemoryAccess


def own_grant(session: Session, client: Client, rights: OwnRights, *, may_write: bool) -> Grant:
    """The client's live grant with these rights. Hardly ever writes.

    Raises MustWriteError unless it `may_write`, and InvalidAuthorizationDetailsError for one too many.
    """
    live = _live(session, client, rights.resource)
    found = _with(rights, live)
    fit = all(_fits(grant, client, rights) for grant in live)
    if found is not None and fit and is_noted(found) and not _is_old(found):
        return found
    if not may_write:
        raise MustWriteError
    # One at a time for each client, also where many processes write.
    session.refresh(client, with_for_update=True)
    live = _live(session, client, rights.resource)
    for grant in live:
        _fit(session, grant, client, rights)
    found = _with(rights, live)
    if found is None and len(live) >= MOST:
        raise InvalidAuthorizationDetailsError(TOO_MANY)
    found = found or _made(session, client, rights)
    if _is_old(found):
        found.expires_at = now() + LIFETIME
    return found


def _live(session: Session, client: Client, resource: str) -> list[Grant]:
    own = (Grant.client_id == client.client_id, col(Grant.user_id).is_(None), Grant.resource == resource)
    live = (col(Grant.revoked_at).is_(None), col(Grant.expires_at) > now())
    found = select(Grant).where(*own, *live).order_by(col(Grant.created_at))
    return list(session.exec(found.execution_options(populate_existing=True)))


def _with(rights: OwnRights, live: list[Grant]) -> Grant | None:
    return next((grant for grant in live if memory_access(grant.details) == rights.access), None)


def _is_old(grant: Grant) -> bool:
    return grant.expires_at - now() < LIFETIME / 2


def _fits(grant: Grant, client: Client, rights: OwnRights) -> bool:
    """Whether it allows no more than is entered for the client now."""
    access = memory_access(grant.details)
    return grant.scopes == rights.scopes and access.intersection(memory_access(client.details)) == access


def _fit(session: Session, grant: Grant, client: Client, rights: OwnRights) -> None:
    """Takes from it what was taken from the client since; the change feed says so."""
    if not _fits(grant, client, rights):
        left = memory_access(grant.details).intersection(memory_access(client.details))
        edit_grant(
            session, grant, revision=grant.revision, scopes=rights.scopes, details=memory_details(left),
            decided_at=grant.decided_at,
        )  # fmt: skip


def _made(session: Session, client: Client, rights: OwnRights) -> Grant:
    grant = create_grant(
        session,
        user_id=None,
        client_id=client.client_id,
        resource=rights.resource,
        redirect_uri="",
        scopes=rights.scopes,
        details=memory_details(rights.access),
        lifetime=int(LIFETIME.total_seconds()),
    )
    grant.activated_at, grant.decided_at = now(), client.decided_at
    return grant
