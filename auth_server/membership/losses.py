"""What goes with an account, counted, so that whoever deletes one knows."""

from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from auth_server.grants import live_grants
from auth_server.keys.api_keys import keys_of
from auth_server.models import LinkedIdentity, Passkey


@dataclass(frozen=True)
class Losses:
    """How many of each."""

    apps: int
    keys: int
    passkeys: int
    identities: int


def losses_of(session: Session, user_id: str) -> Losses:
    """What the account has now."""
    return Losses(
        apps=len({grant.client_id for grant in live_grants(session, user_id)}),
        keys=sum(key.is_live() for key in keys_of(session, user_id)),
        passkeys=_count(session, Passkey, user_id),
        identities=_count(session, LinkedIdentity, user_id),
    )


def _count(session: Session, table: type[Passkey | LinkedIdentity], user_id: str) -> int:
    return session.exec(select(func.count()).select_from(table).where(col(table.user_id) == user_id)).one()
