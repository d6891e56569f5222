"""Whose account an identity opens: the one it was linked to, by provider and subject, never by e-mail address alone."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, select

from auth_server.audit_log.audit import AuditKind, record
from auth_server.membership.sign_up import SignUpRefusedError, create_from_identity
from auth_server.models import LinkedIdentity, Passkey, User
from auth_server.people import InvalidPersonError, find_user
from auth_server.settings import Settings
from auth_server.upstream.identities import Identity
from auth_server.upstream.providers import Provider
from shared.clock import now


class UnknownIdentityError(Exception):
    """Nobody's, and nobody may become its owner by signing in with it."""


class AddressTakenError(UnknownIdentityError):
    """Its address has an account: whoever owns that signs in as before and links the provider (RFC 9700 §4.15)."""


class OtherPersonError(Exception):
    """The identity opens somebody else's account already."""


class LastWayError(Exception):
    """Without it nobody could sign in to the account any more."""


@dataclass(frozen=True)
class LinkedProvider:
    """One provider on the security page; without `since` it is not linked."""

    id: str
    shown: str
    email: str = ""
    since: datetime | None = None


def person_of(session: Session, settings: Settings, identity: Identity) -> User:
    """Whose it is; a new account where its verified address may have one.

    Raises UnknownIdentityError; the transaction must then roll back.
    """
    linked = session.get(LinkedIdentity, (identity.provider, identity.subject))
    if linked is not None:
        linked.last_used_at = now()
        linked.email = identity.email or linked.email
        return session.get_one(User, linked.user_id)
    if not identity.email:
        raise UnknownIdentityError
    try:
        user = create_from_identity(
            session, settings, email=identity.email, provider=identity.provider, name=identity.name
        )
    except (SignUpRefusedError, InvalidPersonError) as refused:
        raise (AddressTakenError if find_user(session, identity.email) else UnknownIdentityError) from refused
    _add(session, user.id, identity)
    return user


def link(session: Session, user_id: str, identity: Identity) -> None:
    """From now on the identity opens this account. Raises OtherPersonError."""
    linked = session.get(LinkedIdentity, (identity.provider, identity.subject))
    if linked is None:
        _add(session, user_id, identity)
    elif linked.user_id != user_id:
        raise OtherPersonError


def unlink(session: Session, providers: tuple[Provider, ...], user: User, provider_id: str) -> bool:
    """Ends it; False when nothing was linked. Raises LastWayError: a provider that is gone is no way any more."""
    linked, usable = _linked(session, user.id), {provider.id for provider in providers}
    ending = [identity for identity in linked if identity.provider == provider_id]
    staying = any(identity.provider in usable for identity in linked if identity.provider != provider_id)
    if ending and not (staying or user.has_password or _has_passkey(session, user.id)):
        raise LastWayError
    for identity in ending:
        session.delete(identity)
        record(session, AuditKind.PROVIDER_UNLINKED, user_id=user.id, provider=provider_id)
    return bool(ending)


def linked_providers(session: Session, providers: tuple[Provider, ...], user_id: str) -> list[LinkedProvider]:
    """Every provider there is, with what is linked of it."""
    linked = {identity.provider: identity for identity in _linked(session, user_id)}
    return [_shown(provider, linked.get(provider.id)) for provider in providers]


def _shown(provider: Provider, identity: LinkedIdentity | None) -> LinkedProvider:
    if identity is None:
        return LinkedProvider(provider.id, provider.shown)
    return LinkedProvider(provider.id, provider.shown, identity.email, identity.created_at)


def _add(session: Session, user_id: str, identity: Identity) -> None:
    email = identity.email[:254]
    session.add(LinkedIdentity(provider=identity.provider, subject=identity.subject, user_id=user_id, email=email))
    record(session, AuditKind.PROVIDER_LINKED, user_id=user_id, provider=identity.provider)


def _linked(session: Session, user_id: str) -> list[LinkedIdentity]:
    return list(session.exec(select(LinkedIdentity).where(LinkedIdentity.user_id == user_id)))


def _has_passkey(session: Session, user_id: str) -> bool:
    return session.exec(select(Passkey.id).where(Passkey.user_id == user_id).limit(1)).first() is not None
