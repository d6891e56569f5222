"""API keys: made, found, replaced and ended; each change is told to the change feed in the same transaction."""

import secrets
import string
import zlib
from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import Session, col, select

from auth_server.audit_log.audit import AuditKind, record
from auth_server.grants import GrantState
from auth_server.models import ApiKey, ApiKeyOrigin, GrantChange, User
from shared.authorization_details import Details, details_as_json
from shared.clock import now
from shared.scopes import Scope, format_scope
from shared.secrets import digest

PREFIX = "ost"
_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_RANDOM_CHARACTERS, _CHECK_CHARACTERS = 32, 6
MAX_NAME_LENGTH = 100
LONGEST_OVERLAP = timedelta(days=30)


class UnusableKeyError(ValueError):
    """What was asked for makes no key; the text is a sentence for people, `field` says what to mend."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


@dataclass(frozen=True)
class KeyDraft:
    """A key before it exists. `lifetime` None means that it does not expire."""

    name: str
    scopes: tuple[Scope, ...]
    details: Details
    lifetime: timedelta | None = None
    origin: ApiKeyOrigin = ApiKeyOrigin.PERSON


@dataclass(frozen=True)
class NewKey:
    """A key that was just made, and the secret that nobody sees again."""

    key: ApiKey
    secret: str

    def __repr__(self) -> str:
        return f"NewKey({self.key.id})"


def new_key_secret() -> str:
    """`ost_`, 32 characters that carry 190 random bits, and 6 by which a scanner tells a key from chance (CRC-32)."""
    body = "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM_CHARACTERS))
    return f"{PREFIX}_{body}{_checksum(body)}"


def is_well_formed(secret: str) -> bool:
    """Whether the text could be a key of ours: its form and its checksum."""
    body = secret.removeprefix(f"{PREFIX}_")
    if len(body) != _RANDOM_CHARACTERS + _CHECK_CHARACTERS or body == secret:
        return False
    return body[_RANDOM_CHARACTERS:] == _checksum(body[:_RANDOM_CHARACTERS])


def create_key(
    session: Session, owner: User, draft: KeyDraft, *, by: str | None = None, secret: str | None = None
) -> NewKey:
    """A key of `owner`; `by` is the administrator who makes it for them, `secret` one that an operator chose.

    Raises UnusableKeyError for a name that is empty, too long, or that another live key of the owner has.
    """
    name = _free_name(session, owner, draft.name)
    chosen = secret or new_key_secret()
    key = ApiKey(
        digest=digest(chosen),
        hint=chosen[-4:] if secret is None else "",
        name=name,
        user_id=owner.id,
        origin=draft.origin,
        created_by=by,
        scope=format_scope(draft.scopes),
        details_json=details_as_json(draft.details),
        expires_at=now() + draft.lifetime if draft.lifetime is not None else None,
    )
    session.add(key)
    session.flush()
    record(session, AuditKind.KEY_CREATED, user_id=owner.id, by=by, grant_id=key.id, name=name, scope=key.scope)
    return NewKey(key, chosen)


def find_key(session: Session, secret: str) -> ApiKey | None:
    """The key that this is, live or not; a text with our prefix and a wrong checksum is not looked up."""
    if secret.startswith(f"{PREFIX}_") and not is_well_formed(secret):
        return None
    return session.exec(select(ApiKey).where(ApiKey.digest == digest(secret))).one_or_none()


def keys_of(session: Session, user_id: str) -> list[ApiKey]:
    """Every key of a person, those that ended too, newest first."""
    found = select(ApiKey).where(ApiKey.user_id == user_id).order_by(col(ApiKey.created_at).desc(), col(ApiKey.id))
    return list(session.exec(found))


def own_key(session: Session, user_id: str, key_id: str) -> ApiKey | None:
    """The key of this id, if it is that person's."""
    key = session.get(ApiKey, key_id)
    return key if key is not None and key.user_id == user_id else None


def is_usable_key(session: Session, key: ApiKey) -> bool:
    """Whether the key opens anything: it lives, and its owner is not disabled."""
    owner = session.get(User, key.user_id)
    return key.is_live() and owner is not None and owner.disabled_at is None


def edit_key(
    session: Session, key: ApiKey, *, scopes: tuple[Scope, ...], details: Details, by: str | None = None
) -> None:
    """Changes what the key may do."""
    key.scope, key.details_json, key.decided_at = format_scope(scopes), details_as_json(details), now()
    announce_key(session, key, GrantState.EDITED)
    record(session, AuditKind.KEY_CHANGED, user_id=key.user_id, by=by, grant_id=key.id, scope=key.scope)


def revoke_key(session: Session, key: ApiKey, *, by: str | None = None) -> None:
    """Ends the key and keeps its history; doing so twice changes nothing."""
    if key.revoked_at is not None:
        return
    key.revoked_at = now()
    announce_key(session, key, GrantState.REVOKED)
    record(session, AuditKind.KEY_REVOKED, user_id=key.user_id, by=by, grant_id=key.id, name=key.name)


def delete_key(session: Session, key: ApiKey, *, by: str | None = None) -> None:
    """Ends the key and forgets it; what the audit log says of it stays."""
    revoke_key(session, key, by=by)
    record(session, AuditKind.KEY_DELETED, user_id=key.user_id, by=by, grant_id=key.id, name=key.name)
    session.delete(key)
    session.flush()


def rotate_key(session: Session, key: ApiKey, *, overlap: timedelta = timedelta(), by: str | None = None) -> NewKey:
    """Another secret of the same name and reach; the old one works for `overlap` longer, at most 30 days.

    Raises UnusableKeyError for a key that has ended or was replaced before, and for an overlap that is too long.
    """
    if not key.is_live() or key.replaced_by is not None:
        raise UnusableKeyError("key", "This key has ended or was replaced: make a new one instead.")
    if not timedelta() <= overlap <= LONGEST_OVERLAP:
        raise UnusableKeyError("overlap", f"The old key may work for {LONGEST_OVERLAP.days} more days at most.")
    secret = new_key_secret()
    lifetime = key.expires_at - key.created_at if key.expires_at is not None else None
    successor = ApiKey(
        **key.model_dump(include={"name", "user_id", "origin", "created_by", "scope", "details_json", "decided_at"}),
        digest=digest(secret),
        hint=secret[-4:],
        expires_at=now() + lifetime if lifetime is not None else None,
    )
    session.add(successor)
    key.replaced_by = successor.id
    record(session, AuditKind.KEY_ROTATED, user_id=key.user_id, by=by, grant_id=key.id, successor=successor.id)
    _end_soon(session, key, overlap, by)
    return NewKey(successor, secret)


def announce_key(session: Session, key: ApiKey, state: GrantState) -> None:
    """Tells resource servers that what they know of the key is outdated."""
    key.revision += 1
    session.add(key)
    session.add(GrantChange(grant_id=key.id, revision=key.revision, state=state))


def _end_soon(session: Session, key: ApiKey, overlap: timedelta, by: str | None) -> None:
    if not overlap:
        revoke_key(session, key, by=by)
        return
    end = now() + overlap
    key.expires_at = min(end, key.expires_at) if key.expires_at is not None else end
    announce_key(session, key, GrantState.EDITED)


def _free_name(session: Session, owner: User, wanted: str) -> str:
    name = " ".join(wanted.split())
    if not name or not name.isprintable():
        raise UnusableKeyError("name", "Give the key a name by which you will know it again.")
    if len(name) > MAX_NAME_LENGTH:
        raise UnusableKeyError("name", f"A name has at most {MAX_NAME_LENGTH} characters.")
    if any(key.name == name and key.is_live() and key.replaced_by is None for key in keys_of(session, owner.id)):
        raise UnusableKeyError("name", "Another key has this name. Choose a different one, or revoke that key first.")
    return name


def _checksum(body: str) -> str:
    """CRC-32 in base 62, six characters."""
    rest, digits = zlib.crc32(body.encode()), ""
    for _ in range(_CHECK_CHARACTERS):
        rest, digit = divmod(rest, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits
