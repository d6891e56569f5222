"""When keys were used, and for whom: noted apart from the question that showed it, and not each time."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from auth_server.audit_log.audit import AuditKind, record
from auth_server.models import ApiKey, AuditEvent
from shared.clock import now
from shared.database import unit_of_work

EVERY = timedelta(minutes=1)
"""How often a key's use is written down at most."""

EVERY_PERSON = timedelta(hours=1)
"""How often the audit log says that a key acts for the same person."""


@dataclass(frozen=True)
class KeyUse:
    """A key was used; `person_id` is whom it acted for, None where it spoke for its owner."""

    key_id: str
    person_id: str | None = None


def is_due(session: Session, use: KeyUse) -> bool:
    """Whether the use is worth a write."""
    key = session.get(ApiKey, use.key_id)
    return key is not None and (_is_stale(key) or _begins(session, use))


def note_use(engine: Engine, use: KeyUse) -> None:
    """Writes it down in a transaction of its own, unless somebody else has done so meanwhile."""
    with unit_of_work(engine) as session:
        key = session.get(ApiKey, use.key_id)
        if key is None:
            return
        if _is_stale(key):
            key.last_used_at = now()
            session.add(key)
        if use.person_id is not None and _begins(session, use):
            kind, who = AuditKind.IMPERSONATION_BEGAN, use.person_id
            record(session, kind, user_id=who, by=key.user_id, grant_id=key.id, name=key.name)


def _is_stale(key: ApiKey) -> bool:
    return key.last_used_at is None or now() - key.last_used_at >= EVERY


def _begins(session: Session, use: KeyUse) -> bool:
    """Whether the key has not acted for this person within the hour, as far as the audit log says."""
    if use.person_id is None:
        return False
    said = (
        select(AuditEvent.sequence)
        .where(AuditEvent.kind == AuditKind.IMPERSONATION_BEGAN, AuditEvent.grant_id == use.key_id)
        .where(AuditEvent.user_id == use.person_id, col(AuditEvent.at) > now() - EVERY_PERSON)
    )
    return session.exec(said.limit(1)).first() is None
