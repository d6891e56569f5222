"""Grants: what one approval allowed, its edits and its end, each told to the change feed in the same transaction."""

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlmodel import Session, col, func, select, update

from auth_server.audit_log.audit import AuditKind, record
from auth_server.models import Grant, GrantChange
from shared.authorization_details import Details, details_as_json
from shared.clock import now
from shared.scopes import Scope, format_scope, named_servers
from shared.server_access import ALL, ServerDetail


class GrantState(StrEnum):
    """What the change feed says of a grant."""

    EDITED = "edited"
    REVOKED = "revoked"
    ERASED = "erased"
    """Not a grant: the erasure of that id began."""


class StaleGrantError(Exception):
    """The grant was edited since its revision was read."""


def create_grant(
    session: Session,
    *,
    user_id: str | None,
    client_id: str,
    resource: str,
    redirect_uri: str,
    scopes: tuple[Scope, ...],
    details: Details,
    lifetime: int,
    client_snapshot: dict[str, Any] | None = None,
    names_servers: bool = False,
) -> Grant:
    """One approval, one grant, for `lifetime` seconds; it shows up nowhere until its code is redeemed.

    Of a request that `names_servers` in its scope, the grant's scope does too.
    """
    grant = Grant(
        user_id=user_id,
        client_id=client_id,
        resource=resource,
        redirect_uri=redirect_uri,
        scope=_scope(scopes, details, names_servers=names_servers),
        details_json=details_as_json(details),
        client_snapshot=client_snapshot,
        expires_at=now() + timedelta(seconds=lifetime),
    )
    _insert(session, grant)
    record(session, AuditKind.GRANT_CREATED, user_id=user_id, client_id=client_id, grant_id=grant.id)
    return grant


def find_grant(session: Session, grant_id: str, user_id: str | None = None) -> Grant | None:
    """The grant; with `user_id` only if it is that person's."""
    grant = session.get(Grant, grant_id)
    if grant is None or (user_id is not None and grant.user_id != user_id):
        return None
    return grant


def has_approved(session: Session, user_id: str, client_id: str) -> bool:
    """Whether this person ever connected this client, be it now or long ago."""
    known = select(Grant.id).where(Grant.user_id == user_id, Grant.client_id == client_id).limit(1)
    return session.exec(known).first() is not None


def live_grants(session: Session, user_id: str) -> list[Grant]:
    """A person's grants that apps can use now, newest first."""
    found = session.exec(
        select(Grant)
        .where(Grant.user_id == user_id, col(Grant.activated_at).is_not(None))
        .where(col(Grant.revoked_at).is_(None), col(Grant.expires_at) > now())
        .order_by(col(Grant.created_at).desc())
    )
    return list(found)


def count_for_other_resources(session: Session, is_resource: Callable[[str], bool]) -> int:
    """How many live grants were made for what was at another address; no token of theirs is good here."""
    counted = session.exec(
        select(Grant.resource, func.count())
        .where(col(Grant.activated_at).is_not(None))
        .where(col(Grant.revoked_at).is_(None), col(Grant.expires_at) > now())
        .group_by(Grant.resource)
    )
    return sum(number for resource, number in counted if not is_resource(resource))


def revoke_grant(session: Session, grant: Grant, reason: str, *, by: str | None = None) -> None:
    """Ends the grant and with it every token of it; doing so twice changes nothing. `by` as for `record`."""
    if grant.revoked_at is not None:
        return
    grant.revoked_at = now()
    announce_grant(session, grant, GrantState.REVOKED)
    record(
        session,
        AuditKind.GRANT_REVOKED,
        user_id=grant.user_id,
        by=by,
        client_id=grant.client_id,
        grant_id=grant.id,
        reason=reason,
    )


def edit_grant(
    session: Session,
    grant: Grant,
    *,
    revision: int,
    scopes: tuple[Scope, ...],
    details: Details,
    expires_at: datetime | None = None,
    decided_at: datetime | None = None,
) -> None:
    """Changes what the grant allows, and for how long if `expires_at` is earlier than its end; decided now or earlier.

    Raises StaleGrantError if it has ended or is no longer at `revision`; of many edits of one revision the database
    lets one through.
    """
    unchanged = (col(Grant.id) == grant.id, col(Grant.revision) == revision)
    living = (col(Grant.revoked_at).is_(None), col(Grant.expires_at) > now())
    end = min(grant.expires_at, expires_at or grant.expires_at)
    scope = _scope(scopes, details, names_servers=bool(named_servers(grant.scope)))
    allowed = {"scope": scope, "details_json": details_as_json(details), "expires_at": end}
    made = {"revision": revision + 1, "decided_at": decided_at or now()}
    edit = update(Grant).where(*unchanged, *living).values(**allowed, **made)
    if session.exec(edit.execution_options(synchronize_session=False)).rowcount != 1:
        raise StaleGrantError
    session.refresh(grant)
    _tell(session, grant, GrantState.EDITED)
    record(session, AuditKind.GRANT_EDITED, user_id=grant.user_id, client_id=grant.client_id, grant_id=grant.id)


def newest_change(session: Session) -> int:
    """The sequence number of the last change, 0 before the first."""
    newest = session.exec(select(GrantChange.sequence).order_by(col(GrantChange.sequence).desc()).limit(1)).first()
    return newest or 0


def changes_after(session: Session, sequence: int, limit: int = 1000) -> list[GrantChange]:
    """The changes since `sequence`, oldest first, at most `limit`."""
    found = session.exec(
        select(GrantChange).where(col(GrantChange.sequence) > sequence).order_by(col(GrantChange.sequence)).limit(limit)
    )
    return list(found)


def announce_grant(session: Session, grant: Grant, state: GrantState) -> None:
    """Tells resource servers that what they know of the grant is outdated."""
    grant.revision += 1
    session.add(grant)
    _tell(session, grant, state)


def _scope(scopes: tuple[Scope, ...], details: Details, *, names_servers: bool) -> str:
    """RFC 6749 §3.3: an app that asked for `server:github` is told of it in the same words."""
    reached = {detail.server for detail in details if isinstance(detail, ServerDetail)}
    return format_scope(scopes, reached if names_servers and ALL not in reached else ())


def _insert(session: Session, grant: Grant) -> None:
    session.add(grant)
    session.flush()


def _tell(session: Session, grant: Grant, state: GrantState) -> None:
    session.add(GrantChange(grant_id=grant.id, revision=grant.revision, state=state))
