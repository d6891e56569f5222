"""The resource server's credential: made at the first start, good for introspection and the change feed alone."""

import os
from datetime import timedelta
from pathlib import Path

from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, col, select, update

from auth_server.audit_log.audit import AuditKind, record
from auth_server.models import ResourceServer
from auth_server.settings import Settings
from shared.clock import now
from shared.secrets import digest, new_secret
from shared.starting import CannotStartError

PREFIX = "rs"
OVERLAP = timedelta(hours=1)
"""How long the old credential works beside its successor, until every process has read the file again."""
MIN_LENGTH = 40


class WeakCredentialError(CannotStartError):
    """A credential file that somebody wrote by hand holds something guessable."""


def ensure_credential(session: Session, settings: Settings) -> None:
    """The credential in the configured file works; without a file one is made, and no earlier one works any more.

    Whoever deletes the file fears that somebody has it. Raises WeakCredentialError.
    """
    file, resource = settings.effective_credential_file, settings.mcp_url
    if not file.exists():
        session.exec(update(ResourceServer).where(_works()).values(expires_at=now()))
        _issue(session, file, resource)
        return
    secret = file.read_text().strip()
    if not secret.startswith(f"{PREFIX}_") or len(secret) < MIN_LENGTH:
        raise WeakCredentialError(f"{file} must hold a credential that starts with {PREFIX}_; delete it to make one")
    known = session.exec(select(ResourceServer).where(ResourceServer.digest == digest(secret))).first()
    session.add(known or ResourceServer(resource=resource, digest=digest(secret)))
    if known is not None:
        known.resource, known.expires_at = resource, None


def rotate_credential(session: Session, settings: Settings) -> Path:
    """Puts a new credential into the file, whose path it gives; the old ones work for another hour."""
    resource = settings.mcp_url
    for old in session.exec(select(ResourceServer).where(col(ResourceServer.expires_at).is_(None))):
        # The server's own settings said which resource; a command may run without them.
        old.expires_at, resource = now() + OVERLAP, old.resource
        session.add(old)
    _issue(session, settings.effective_credential_file, resource)
    return settings.effective_credential_file


def find_resource_server(session: Session, authorization: str) -> ResourceServer | None:
    """Whose `Authorization: Bearer rs_…` this is."""
    scheme, _, secret = authorization.partition(" ")
    if scheme.lower() != "bearer" or not secret.startswith(f"{PREFIX}_"):
        return None
    found = session.exec(select(ResourceServer).where(ResourceServer.digest == digest(secret))).first()
    return None if found is None or (found.expires_at is not None and found.expires_at <= now()) else found


def _works() -> ColumnElement[bool]:
    return or_(col(ResourceServer.expires_at).is_(None), col(ResourceServer.expires_at) > now())


def _issue(session: Session, file: Path, resource: str) -> None:
    secret = new_secret(PREFIX)
    session.add(ResourceServer(resource=resource, digest=digest(secret)))
    record(session, AuditKind.RESOURCE_CREDENTIAL_ISSUED, resource=resource)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    with open(draft, "w", opener=lambda name, flags: os.open(name, flags, 0o600)) as written:
        written.write(secret + "\n")
    draft.replace(file)
