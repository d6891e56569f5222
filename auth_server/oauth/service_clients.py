"""RFC 6749 §4.4: a client that acts in its own name, entered by an administrator with everything it may do."""

from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session

from auth_server.audit_log.audit import AuditKind, record
from auth_server.models import Client, ClientOrigin
from auth_server.oauth.client_assertion import METHOD as PRIVATE_KEY_JWT
from auth_server.oauth.client_keys import PRIVATE_MEMBERS, client_keys, kept_keys
from auth_server.oauth.client_metadata import shown_name, web_url
from auth_server.oauth.entered_clients import EnteredClient, UnusableDraftError
from shared.authorization_details import MemoryAccess, details_as_json, is_namespace, memory_details
from shared.scopes import Scope, format_scope
from shared.secrets import digest, new_secret

GRANT_TYPE = "client_credentials"
METHODS = ("client_secret_post", "client_secret_basic", PRIVATE_KEY_JWT)
"""A client in its own name proves who it is; a public one could be anybody (§4.4)."""


@dataclass(frozen=True)
class ServiceDraft:
    """A service client before it exists. The namespaces are its own, nobody's; `jwks` or `jwks_uri` are its keys."""

    name: str
    access: MemoryAccess = field(default_factory=MemoryAccess)
    may_administer: bool = False
    method: str = METHODS[0]
    jwks: dict[str, Any] | None = None
    jwks_uri: str | None = None


def enter_service_client(session: Session, draft: ServiceDraft, *, by: str | None = None) -> EnteredClient:
    """The client of this draft; `by` is the administrator's user id, None for a command. Raises UnusableDraftError."""
    name = shown_name(draft.name)
    if not name:
        raise UnusableDraftError("A service needs a name.")
    jwks, jwks_uri = _keys(draft)
    secret = new_secret("cs") if draft.method != PRIVATE_KEY_JWT else None
    client = Client(
        client_name=name,
        origin=ClientOrigin.ADMINISTRATOR,
        application_type="web",
        token_endpoint_auth_method=draft.method,
        secret_digest=digest(secret) if secret is not None else None,
        jwks=jwks,
        jwks_uri=jwks_uri,
        grant_types=[GRANT_TYPE],
        scope=format_scope(_scopes(draft)),
        details_json=details_as_json(memory_details(draft.access)),
    )
    session.add(client)
    session.flush()
    record(session, AuditKind.CLIENT_CREATED, client_id=client.client_id, by=by, scope=client.scope)
    return EnteredClient(client, secret)


def _scopes(draft: ServiceDraft) -> tuple[Scope, ...]:
    """What it may do follows from where it may do it."""
    wrong = [name for name in (*draft.access.read.names, *draft.access.write.names) if not is_namespace(name)]
    if wrong:
        raise UnusableDraftError("A namespace is named by lower-case letters, digits and hyphens, such as work.")
    chosen = {
        Scope.MEMORY_READ: bool(draft.access.read),
        Scope.MEMORY_WRITE: bool(draft.access.write),
        Scope.GATEWAY_CALL: bool(draft.access.servers),
        Scope.ADMIN: draft.may_administer,
    }
    scopes = tuple(scope for scope, is_given in chosen.items() if is_given)
    if not scopes:
        reason = "Say what the service may do: namespaces to read or write, servers to use, or administration."
        raise UnusableDraftError(reason)
    return scopes


def _keys(draft: ServiceDraft) -> tuple[dict[str, Any] | None, str | None]:
    """RFC 7591 §2: for private_key_jwt the public keys or where they are, never both; for secrets neither."""
    if draft.method not in METHODS:
        raise UnusableDraftError(f"A service proves itself by one of {', '.join(METHODS)}.")
    given = [value for value in (draft.jwks, draft.jwks_uri) if value is not None]
    if draft.method != PRIVATE_KEY_JWT:
        if given:
            raise UnusableDraftError(f"Keys are for {PRIVATE_KEY_JWT}.")
        return None, None
    if len(given) != 1:
        raise UnusableDraftError(f"{PRIVATE_KEY_JWT} needs jwks or jwks_uri, one of them.")
    if draft.jwks is not None:
        return _public_keys(draft.jwks), None
    if web_url(draft.jwks_uri) is None:
        raise UnusableDraftError("The jwks_uri must be an https address.")
    return None, draft.jwks_uri


def _public_keys(jwks: dict[str, Any]) -> dict[str, Any]:
    """RFC 7517 §5: at least one that can be used, and no private one."""
    listed = jwks.get("keys")
    if not isinstance(listed, list) or any(isinstance(jwk, dict) and PRIVATE_MEMBERS & jwk.keys() for jwk in listed):
        raise UnusableDraftError("The jwks must be a set of public keys.")
    kept = kept_keys(listed)
    if not client_keys(kept):
        raise UnusableDraftError("The jwks has no key that can be used here: EC P-256, RSA of 2048 bits, or Ed25519.")
    return kept
