"""API keys that stand in environment variables: each is a service account of its own, with memories of its own."""

from collections.abc import Iterable

import structlog
from sqlmodel import Session, col, select

from auth_server.audit_log.audit import AuditKind, record
from auth_server.grants import GrantState
from auth_server.keys.api_keys import KeyDraft, announce_key, create_key, delete_key, find_key
from auth_server.keys.configured_keys import ConfiguredKey, UnusableConfiguredKeyError, configured_keys, empty_variables
from auth_server.keys.service_accounts import find_service, service_account
from auth_server.models import ApiKey, ApiKeyOrigin, User
from auth_server.settings import Settings
from shared.authorization_details import ALL, MemoryAccess, NamespaceSet, memory_details
from shared.clock import now
from shared.scopes import DEFAULT_SCOPES
from shared.secrets import digest
from shared.tool_sets import EVERY

BY = "environment"
EVERYTHING = memory_details(MemoryAccess(NamespaceSet.of(ALL), NamespaceSet.of(ALL), EVERY))
SHORT = 24
"""Below this many characters a key can be guessed, or was most likely made up by a person."""

log = structlog.get_logger(__name__)


def apply_environment_keys(session: Session, settings: Settings) -> None:
    """The keys in the variables work, and those that stood there before and do no longer are ended.

    Raises UnusableConfiguredKeyError.
    """
    configured = configured_keys(settings)
    generated = {name for _, name in empty_variables(settings)}
    _end_others(session, {digest(key.secret) for key in configured}, generated)
    for place in weak_places(settings):
        log.warning("weak key in the environment", where=place, shorter_than=SHORT)
    for key in configured:
        _ensure(session, key)
    for name in generated:
        _continue(session, name)


def weak_places(settings: Settings) -> list[str]:
    """Where keys stand that can be guessed. Raises UnusableConfiguredKeyError, which stopped the start already."""
    return [key.place for key in configured_keys(settings) if len(key.secret) < SHORT]


def make_missing_keys(session: Session, settings: Settings) -> list[tuple[str, str]]:
    """A key for each variable that is set and empty, unless it has one: variable and secret, which nobody sees again.

    An operator who sets `MCP_API_KEY=` asks for a key and has none at hand.
    """
    made = []
    for variable, name in empty_variables(settings):
        account = service_account(session, name, by=BY)
        if not any(key.origin == ApiKeyOrigin.ENVIRONMENT and key.is_live() for key in _keys_of(session, account)):
            made.append((variable, create_key(session, account, _draft(name), by=BY).secret))
    return made


def _end_others(session: Session, configured: set[str], generated: Iterable[str]) -> None:
    """Ended by an expiry, so that one that comes back can work again; what was revoked stays revoked."""
    kept = {account.id for name in generated if (account := find_service(session, name)) is not None}
    for key in session.exec(select(ApiKey).where(ApiKey.origin == ApiKeyOrigin.ENVIRONMENT)).all():
        if key.is_live() and key.digest not in configured and not (key.hint and key.user_id in kept):
            key.expires_at = now()
            announce_key(session, key, GrantState.REVOKED)
            record(session, AuditKind.KEY_REVOKED, user_id=key.user_id, by=BY, grant_id=key.id, name=key.name)


def _ensure(session: Session, configured: ConfiguredKey) -> None:
    account, known = service_account(session, configured.name, by=BY), find_key(session, configured.secret)
    if known is not None and known.origin != ApiKeyOrigin.ENVIRONMENT:
        raise UnusableConfiguredKeyError(f"{configured.place} is a key that somebody here made for themselves")
    if known is not None and known.user_id != account.id:
        delete_key(session, known, by=BY)  # the identity follows the name
        known = None
    if known is None:
        create_key(session, account, _draft(configured.name), by=BY, secret=configured.secret)
    elif known.revoked_at is not None:
        log.warning("a revoked key stands in the environment", where=configured.place)
    else:
        _revive(session, known)


def _continue(session: Session, name: str) -> None:
    """What was generated for a variable that is empty again works again: its last key, which has a hint."""
    account = find_service(session, name)
    made = [key for key in _keys_of(session, account) if key.hint and key.revoked_at is None] if account else []
    if made and not any(key.is_live() for key in made):
        _revive(session, made[0])


def _revive(session: Session, key: ApiKey) -> None:
    if key.expires_at is not None:
        key.expires_at = None
        announce_key(session, key, GrantState.EDITED)
        record(session, AuditKind.KEY_CHANGED, user_id=key.user_id, by=BY, grant_id=key.id, name=key.name)


def _keys_of(session: Session, account: User) -> list[ApiKey]:
    """Its keys from the environment, newest first."""
    found = select(ApiKey).where(ApiKey.user_id == account.id, ApiKey.origin == ApiKeyOrigin.ENVIRONMENT)
    return list(session.exec(found.order_by(col(ApiKey.created_at).desc(), col(ApiKey.id).desc())))


def _draft(name: str) -> KeyDraft:
    return KeyDraft(name, DEFAULT_SCOPES, EVERYTHING, origin=ApiKeyOrigin.ENVIRONMENT)
