"""What mattered for security, written in the transaction it is about; never a secret."""

from enum import StrEnum

from sqlmodel import Session

from auth_server.models import AuditEvent


class AuditKind(StrEnum):
    """The kinds of events, in the words an administrator searches for."""

    SIGNED_IN = "signed_in"
    SIGN_IN_REFUSED = "sign_in_refused"
    ADMINISTRATOR_CREATED = "administrator_created"
    PASSWORD_CHANGED = "password_changed"
    CONSENT_DENIED = "consent_denied"
    CODE_REPLAYED = "code_replayed"
    REFRESH_TOKEN_REUSED = "refresh_token_reused"
    GRANT_CREATED = "grant_created"
    GRANT_REVOKED = "grant_revoked"
    GRANT_EDITED = "grant_edited"
    CLIENT_REGISTERED = "client_registered"
    CLIENT_CREATED = "client_created"
    CLIENT_CHANGED = "client_changed"
    CLIENT_DELETED = "client_deleted"
    TRUST_RULE_CHANGED = "trust_rule_changed"
    HOST_RULE_CHANGED = "host_rule_changed"
    INITIAL_ACCESS_TOKEN_ISSUED = "initial_access_token_issued"
    INITIAL_ACCESS_TOKENS_REVOKED = "initial_access_tokens_revoked"
    SIGNING_KEY_ROTATED = "signing_key_rotated"
    RESOURCE_CREDENTIAL_ISSUED = "resource_credential_issued"


def record(
    session: Session,
    kind: AuditKind | str,
    *,
    user_id: str | None = None,
    client_id: str | None = None,
    grant_id: str | None = None,
    **facts: str | int | bool,
) -> None:
    """One event; `facts` are plain values that reveal no credential."""
    session.add(AuditEvent(kind=str(kind), user_id=user_id, client_id=client_id, grant_id=grant_id, facts=facts))
