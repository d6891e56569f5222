"""A person's API keys in sentences: what each may do, and whether it still works."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from auth_server.grant_sentences import MANY, allowed_sentence
from auth_server.models import ApiKey, ApiKeyOrigin
from shared.authorization_details import Details, memory_access
from shared.scopes import Scope


class Standing(StrEnum):
    """Whether a key works, and what ended it."""

    WORKS = "works"
    REPLACED = "replaced"
    """Another took its place; this one works until it expires."""
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True)
class ShownKey:
    """One key as its owner sees it; the key itself is nowhere."""

    id: str
    name: str
    hint: str
    sentence: str
    scope: str
    standing: Standing
    is_live: bool
    is_from_administrator: bool
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None


def shown_key(key: ApiKey, at_most: int = MANY) -> ShownKey:
    """Beyond `at_most` namespaces its sentence counts instead of listing."""
    return ShownKey(
        id=key.id,
        name=key.name,
        hint=key.hint,
        sentence=reach_sentence(key.scopes, key.details, at_most),
        scope=key.scope,
        standing=standing_of(key),
        is_live=key.is_live(),
        is_from_administrator=key.origin == ApiKeyOrigin.ADMINISTRATOR,
        created_at=key.created_at,
        last_used_at=key.last_used_at,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
    )


def standing_of(key: ApiKey) -> Standing:
    """Whether it works now."""
    if key.revoked_at is not None:
        return Standing.REVOKED
    if not key.is_live():
        return Standing.EXPIRED
    return Standing.WORKS if key.replaced_by is None else Standing.REPLACED


def reach_sentence(scopes: tuple[Scope, ...], details: Details, at_most: int = MANY) -> str:
    """Such as: May read memories in work. May administer this Ostiary."""
    told = allowed_sentence(scopes, memory_access(details), at_most)
    return f"{told} May act in the name of every person here." if Scope.IMPERSONATE in scopes else told
