"""Keys that may act in everybody's name: whoever they could act for is told that they exist (RFC 8693 §4.1)."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from auth_server.client_identity import initials, plain
from auth_server.grant_sentences import AT_A_GLANCE, access_sentence
from auth_server.keys.api_keys import is_usable_key
from auth_server.models import ApiKey, User
from shared.authorization_details import memory_access
from shared.scopes import Scope


@dataclass(frozen=True)
class ActingKey:
    """One of them, as people read of it."""

    name: str
    initials: str
    holder: str
    """Whose key it is: a program's name, or an administrator's address."""
    sentence: str
    created_at: datetime
    last_used_at: datetime | None


def acting_keys(session: Session) -> list[ActingKey]:
    """The keys that could act for anybody now, by name."""
    named = select(ApiKey).where(col(ApiKey.scope).contains(Scope.IMPERSONATE.value))
    keys = session.exec(named.order_by(col(ApiKey.name), col(ApiKey.id))).all()
    return [_shown(session, key) for key in keys if Scope.IMPERSONATE in key.scopes and is_usable_key(session, key)]


def _shown(session: Session, key: ApiKey) -> ActingKey:
    owner, name = session.get_one(User, key.user_id), plain(key.name)
    return ActingKey(
        name=name,
        initials=initials(name),
        holder=owner.email if owner.is_person else owner.name,
        sentence=access_sentence(memory_access(key.details), AT_A_GLANCE),
        created_at=key.created_at,
        last_used_at=key.last_used_at,
    )
