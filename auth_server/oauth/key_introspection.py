"""RFC 7662 for API keys: what a key allows right now, and for whom one that may impersonate acts (RFC 8693 §4.1)."""

from typing import Any

from sqlmodel import Session, col, select

from auth_server.keys.api_keys import find_key, is_usable_key
from auth_server.keys.key_uses import KeyUse
from auth_server.models import ApiKey, Invitation, ResourceServer, User
from auth_server.people import find_user
from auth_server.settings import Settings
from shared.authorization_details import details_as_json
from shared.clock import epoch
from shared.scopes import RESOURCE_SCOPES, Scope, format_scope


def introspected_key(session: Session, secret: str) -> ApiKey | None:
    """The key, if it opens anything now."""
    key = find_key(session, secret)
    return key if key is not None and is_usable_key(session, key) else None


def key_answer(key: ApiKey, settings: Settings, asking: ResourceServer, person: User | None) -> dict[str, Any]:
    """§2.2: a key is to a resource server what a grant is, and names itself as client and as grant.

    With `person`, whom `acted_for` found, the answer is about them and says in `act` who acts.
    """
    acting = {"sub": person.id, "act": {"sub": key.user_id}} if person is not None else {"sub": key.user_id}
    scopes = key.scopes if person is None else tuple(scope for scope in key.scopes if scope in RESOURCE_SCOPES)
    return {
        "active": True,
        "token_type": "Bearer",
        **acting,
        "iss": settings.issuer,
        "aud": asking.resource,
        "iat": epoch(key.created_at),
        **({"exp": epoch(key.expires_at)} if key.expires_at is not None else {}),
        "scope": format_scope(scopes),
        "authorization_details": details_as_json(key.details),
        "client_id": key.id,
        "client_name": key.name,
        "grant_id": key.id,
        "grant_rev": key.revision,
        "decided_at": epoch(key.decided_at),
    }


def acted_for(session: Session, key: ApiKey, wanted: str | None) -> User | None:
    """The person of this id or e-mail address, if the key may impersonate and they have an account that is open."""
    if wanted is None or not wanted.isprintable() or Scope.IMPERSONATE not in key.scopes:
        return None
    person = session.get(User, wanted) or _at_address(session, wanted)
    if person is None or not person.is_person or person.disabled_at is not None or person.id == key.user_id:
        return None
    return person


def _at_address(session: Session, email: str) -> User | None:
    """Not who merely typed it in: with an invitation that named no address anybody could pose as anybody."""
    person = find_user(session, email)
    if person is None or person.email_verified_at is not None:
        return person
    typed_in = select(Invitation.id).where(Invitation.user_id == person.id, col(Invitation.email) == "").limit(1)
    return person if session.exec(typed_in).first() is None else None


def use_of(key: ApiKey, person: User | None) -> KeyUse:
    """What is to be noted once the question is answered."""
    return KeyUse(key.id, person.id if person is not None else None)
