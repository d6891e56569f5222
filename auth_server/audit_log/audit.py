"""What mattered for security, written in the transaction it is about; never a secret."""

from enum import StrEnum

from sqlalchemy import text
from sqlmodel import Session, col, select

from auth_server.audit_log.audit_chain import COVERED, GENESIS, link
from auth_server.models import AuditEvent

CHAIN_LOCK = 0x0057_1A27
"""Where several processes write to PostgreSQL, one event at a time gets its place in the chain."""


class AuditKind(StrEnum):
    """The kinds of events, in the words an administrator searches for."""

    SIGNED_IN = "signed_in"
    SIGN_IN_REFUSED = "sign_in_refused"
    SIGNED_OUT = "signed_out"
    SIGNED_OUT_EVERYWHERE = "signed_out_everywhere"
    SESSION_ENDED = "session_ended"
    ADMINISTRATOR_CREATED = "administrator_created"
    ACCOUNT_CREATED = "account_created"
    ACCOUNT_CHANGED = "account_changed"
    ACCOUNT_DISABLED = "account_disabled"
    ACCOUNT_ENABLED = "account_enabled"
    ACCOUNT_EXPORTED = "account_exported"
    ACCOUNT_DELETED = "account_deleted"
    ACCOUNT_ERASED = "account_erased"
    PERSON_INVITED = "person_invited"
    INVITATION_REVOKED = "invitation_revoked"
    PASSWORD_CHANGED = "password_changed"
    PASSWORD_RESET_ASKED = "password_reset_asked"
    PASSKEY_ADDED = "passkey_added"
    PASSKEY_REMOVED = "passkey_removed"
    CODES_TURNED_ON = "codes_turned_on"
    CODES_TURNED_OFF = "codes_turned_off"
    RECOVERY_CODES_MADE = "recovery_codes_made"
    RECOVERY_CODE_USED = "recovery_code_used"
    PROVIDER_LINKED = "provider_linked"
    PROVIDER_UNLINKED = "provider_unlinked"
    CONSENT_DENIED = "consent_denied"
    CODE_REPLAYED = "code_replayed"
    REFRESH_TOKEN_REUSED = "refresh_token_reused"
    GRANT_CREATED = "grant_created"
    GRANT_REVOKED = "grant_revoked"
    GRANT_EDITED = "grant_edited"
    KEY_CREATED = "key_created"
    KEY_CHANGED = "key_changed"
    KEY_ROTATED = "key_rotated"
    KEY_REVOKED = "key_revoked"
    KEY_DELETED = "key_deleted"
    CLIENT_REGISTERED = "client_registered"
    CLIENT_CREATED = "client_created"
    CLIENT_CHANGED = "client_changed"
    CLIENT_APPROVED = "client_approved"
    CLIENT_BLOCKED = "client_blocked"
    CLIENT_UNBLOCKED = "client_unblocked"
    CLIENT_SECRET_ROTATED = "client_secret_rotated"
    CLIENT_DELETED = "client_deleted"
    CLIENTS_CLEANED_UP = "clients_cleaned_up"
    TRUST_RULE_CHANGED = "trust_rule_changed"
    HOST_RULE_CHANGED = "host_rule_changed"
    INITIAL_ACCESS_TOKEN_ISSUED = "initial_access_token_issued"
    INITIAL_ACCESS_TOKENS_REVOKED = "initial_access_tokens_revoked"
    SIGNING_KEY_ROTATED = "signing_key_rotated"
    SIGNING_KEY_RETIRED = "signing_key_retired"
    RESOURCE_CREDENTIAL_ISSUED = "resource_credential_issued"
    IMPERSONATION_BEGAN = "impersonation_began"
    SERVER_ADDED = "server_added"
    SERVER_REMOVED = "server_removed"
    SERVER_ENABLED = "server_enabled"
    SERVER_DISABLED = "server_disabled"
    SERVER_SENDS_CHANGED = "server_sends_changed"
    SERVER_CLIENT_ENTERED = "server_client_entered"
    SERVER_TOOL_SHAPED = "server_tool_shaped"
    SERVER_TOOLS_ACCEPTED = "server_tools_accepted"
    SERVER_CHANGED = "server_changed"
    SERVER_CREDENTIAL_ENTERED = "server_credential_entered"
    SERVER_CREDENTIAL_FORGOTTEN = "server_credential_forgotten"


def record(
    session: Session,
    kind: AuditKind | str,
    *,
    user_id: str | None = None,
    by: str | None = None,
    client_id: str | None = None,
    grant_id: str | None = None,
    event_id: str = "",
    **facts: str | int | bool,
) -> None:
    """One event at the end of the chain; `facts` are plain values that reveal no credential.

    `user_id` is whom it is about, `by` the administrator who did it to somebody else.
    An event that is told from elsewhere brings its `event_id`; told again, the log stays as it is.
    """
    event = AuditEvent(kind=str(kind), user_id=user_id, by=by, client_id=client_id, grant_id=grant_id, facts=facts)
    sequence, previous = _end_of_chain(session)
    if event_id:
        if session.exec(select(AuditEvent.id).where(AuditEvent.id == event_id)).first() is not None:
            return
        event.id = event_id
    event.sequence = sequence + 1
    event.hash = link(previous, {name: getattr(event, name) for name in COVERED})
    session.add(event)
    session.flush()


def _end_of_chain(session: Session) -> tuple[int, str]:
    """Number and hash of the last event; nobody else adds one until this transaction ends."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": CHAIN_LOCK})
    newest = select(AuditEvent.sequence, AuditEvent.hash).order_by(col(AuditEvent.sequence).desc()).limit(1)
    found = session.exec(newest).first()
    return (found[0] or 0, found[1]) if found is not None else (0, GENESIS)
