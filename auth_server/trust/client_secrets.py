"""Another secret for an app that has one; the one before it works for a while longer."""

from datetime import datetime, timedelta

from sqlmodel import Session

from auth_server.audit_log.audit import AuditKind, record
from auth_server.models import Client
from shared.clock import now
from shared.secrets import digest, new_secret

USUAL_OVERLAP = timedelta(days=1)
LONGEST_OVERLAP = timedelta(days=30)


class NoSecretError(ValueError):
    """There is nothing to rotate, or not like this; the text is a sentence for people."""


class RotatingError(ValueError):
    """The secret was changed a while ago, and the one before it still works; the text is a sentence for people."""

    def __init__(self, end: datetime) -> None:
        super().__init__(
            f"The secret was changed already, and the one before it works until {end:%Y-%m-%d %H:%M} UTC. "
            "Change it again without an overlap to end both."
        )


def overlap_end(client: Client) -> datetime | None:
    """Until when the secret before the last rotation works; None when it does not."""
    end = client.previous_secret_expires_at
    return end if client.previous_secret_digest is not None and end is not None and now() < end else None


def rotate_secret(
    session: Session, client: Client, *, overlap: timedelta = USUAL_OVERLAP, by: str | None = None
) -> str:
    """The new secret, which nobody sees again. The earlier one works for `overlap`.

    Raises NoSecretError for an app without a secret and for an overlap that is too long, RotatingError while an
    earlier overlap lasts: a second rotation, perhaps of somebody else at the same time, would end the secret that the
    app still uses. Without overlap it is meant to.
    """
    session.refresh(client, with_for_update=True)
    if client.secret_digest is None:
        raise NoSecretError("This app has no secret: it is public, or proves itself with a key.")
    if not timedelta() <= overlap <= LONGEST_OVERLAP:
        raise NoSecretError(f"The old secret may work for {LONGEST_OVERLAP.days} more days at most.")
    if overlap and (end := overlap_end(client)) is not None:
        raise RotatingError(end)
    secret = new_secret("cs")
    client.previous_secret_digest = client.secret_digest if overlap else None
    client.previous_secret_expires_at = now() + overlap if overlap else None
    client.secret_digest = digest(secret)
    session.add(client)
    hours = int(overlap.total_seconds() // 3600)
    record(session, AuditKind.CLIENT_SECRET_ROTATED, client_id=client.client_id, by=by, overlap_hours=hours)
    return secret
