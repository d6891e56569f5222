"""The tables of the authorization server. Secrets are stored as digests, private keys sealed."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Column, ForeignKey, String
from sqlmodel import Field, SQLModel

from shared.authorization_details import Details, parse_details
from shared.clock import now
from shared.database import UtcDateTime
from shared.ids import new_id
from shared.scopes import Scope, parse_scope


class User(SQLModel, table=True):
    """A person. `email` is stored case-folded and is what they sign in with."""

    __tablename__ = "users"

    id: str = Field(default_factory=lambda: new_id("usr"), primary_key=True)
    email: str = Field(unique=True, index=True)
    password_hash: str = Field(repr=False)
    is_admin: bool = False
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    disabled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class BrowserSession(SQLModel, table=True):
    """One signed-in browser; the cookie holds the secret, this row its digest."""

    __tablename__ = "browser_sessions"

    digest: str = Field(primary_key=True, repr=False)
    user_id: str = Field(foreign_key="users.id", index=True, ondelete="CASCADE")
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    last_seen_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)


class ClientOrigin(StrEnum):
    """How this server came to know a client."""

    REGISTERED = "registered"
    """It registered itself (RFC 7591); what it says of itself is unverified."""
    DOCUMENT = "document"
    """Its id is the address of a document that was read there: the host is verified, the rest is its word."""
    ADMINISTRATOR = "administrator"
    """An administrator entered it."""


class Client(SQLModel, table=True):
    """An OAuth client (RFC 7591 §2). Of one known by a document this row is the cache; grants keep their own copy."""

    __tablename__ = "clients"

    client_id: str = Field(default_factory=lambda: new_id("cli"), primary_key=True)
    secret_digest: str | None = Field(default=None, repr=False)
    token_endpoint_auth_method: str = "none"
    client_name: str = ""
    client_uri: str | None = None
    logo_uri: str | None = None
    application_type: str = "native"
    redirect_uris: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    grant_types: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    scope: str = ""
    is_trusted: bool = False
    registration_token_digest: str | None = Field(default=None, repr=False)
    origin: str = ClientOrigin.REGISTERED
    jwks: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    jwks_uri: str | None = None
    document_fetched_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    document_expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    consent_shown_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ClientLogo(SQLModel, table=True):
    """A logo that was fetched once and drawn anew, so that nothing of the original file is left."""

    __tablename__ = "client_logos"

    client_id: str = Field(primary_key=True, foreign_key="clients.client_id", ondelete="CASCADE")
    logo_uri: str
    png: bytes = Field(repr=False)
    fetched_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class ClientKeySet(SQLModel, table=True):
    """The public keys last read at a client's jwks_uri (RFC 7517)."""

    __tablename__ = "client_key_sets"

    jwks_uri: str = Field(primary_key=True)
    jwks: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    fetched_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class SpentAssertion(SQLModel, table=True):
    """A client assertion that was presented; its jti is good once (RFC 7523 §3)."""

    __tablename__ = "spent_assertions"

    digest: str = Field(primary_key=True, repr=False)
    expires_at: datetime = Field(sa_type=UtcDateTime)


class TrustRule(SQLModel, table=True):
    """A switch an administrator turned while the server runs; one that was never turned has no row."""

    __tablename__ = "trust_rules"

    name: str = Field(primary_key=True)
    value: str
    changed_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class HostRule(SQLModel, table=True):
    """Whether documents of a host may be clients: `allow` or `deny`."""

    __tablename__ = "host_rules"

    host: str = Field(primary_key=True)
    verdict: str
    changed_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class InitialAccessToken(SQLModel, table=True):
    """What a client needs to register where registration is not open (RFC 7591 §3)."""

    __tablename__ = "initial_access_tokens"

    digest: str = Field(primary_key=True, repr=False)
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)


class Grant(SQLModel, table=True):
    """What one approval allowed: scope and details, until it expires or is revoked. `revision` grows with each edit."""

    __tablename__ = "grants"

    id: str = Field(default_factory=lambda: new_id("grt"), primary_key=True)
    user_id: str = Field(foreign_key="users.id", index=True, ondelete="CASCADE")
    client_id: str = Field(foreign_key="clients.client_id", index=True, ondelete="CASCADE")
    resource: str
    redirect_uri: str
    scope: str
    details_json: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column("details", JSON, nullable=False))
    client_snapshot: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    """What the client's document said when the person approved it; None for a client that needs no document."""
    revision: int = 1
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    activated_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """The granted scopes, in the order of the enum."""
        return parse_scope(self.scope)

    @property
    def details(self) -> Details:
        """The granted details."""
        return parse_details(self.details_json)

    def is_live(self) -> bool:
        """Whether tokens of this grant may still be used."""
        return self.revoked_at is None and now() < self.expires_at


class AuthorizationCode(SQLModel, table=True):
    """RFC 6749 §4.1.2: bound to client, redirect URI, challenge and grant; spent once."""

    __tablename__ = "authorization_codes"

    digest: str = Field(primary_key=True, repr=False)
    grant_id: str = Field(foreign_key="grants.id", index=True, ondelete="CASCADE")
    client_id: str
    redirect_uri: str
    code_challenge: str
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class RefreshToken(SQLModel, table=True):
    """One generation of a grant's refresh token; its successor is derived, never stored readable."""

    __tablename__ = "refresh_tokens"

    digest: str = Field(primary_key=True, repr=False)
    grant_id: str = Field(foreign_key="grants.id", index=True, ondelete="CASCADE")
    client_id: str
    generation: int = 1
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class GrantChange(SQLModel, table=True):
    """One line of the change feed: since `sequence`, grant `grant_id` is at `revision` in `state`."""

    __tablename__ = "grant_changes"

    sequence: int | None = Field(default=None, primary_key=True)
    grant_id: str = Field(index=True)
    revision: int
    state: str
    at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class SpentRequest(SQLModel, table=True):
    """The nonce of a consent form that was answered, kept so that it is answered once."""

    __tablename__ = "spent_requests"

    nonce: str = Field(primary_key=True)
    code_digest: str | None = Field(default=None, repr=False)
    spent_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class SigningKey(SQLModel, table=True):
    """A key that signs access tokens: published first, signing later, published until its last token is dead."""

    __tablename__ = "signing_keys"

    kid: str = Field(primary_key=True)
    public_jwk: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    sealed_private_key: bytes = Field(repr=False)
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    activated_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    retired_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ResourceServer(SQLModel, table=True):
    """A credential with which the resource server introspects and reads the change feed, and does nothing else."""

    __tablename__ = "resource_servers"

    id: str = Field(default_factory=lambda: new_id("rsv"), primary_key=True)
    resource: str
    digest: str = Field(unique=True, repr=False)
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class OneTimeToken(SQLModel, table=True):
    """A link that works once, such as the one that creates the administrator."""

    __tablename__ = "one_time_tokens"

    digest: str = Field(primary_key=True, repr=False)
    purpose: str
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class AuditEvent(SQLModel, table=True):
    """Something that mattered for security: who, what, when; never a secret."""

    __tablename__ = "audit_events"

    id: str = Field(default_factory=lambda: new_id("evt"), primary_key=True)
    at: datetime = Field(default_factory=now, sa_type=UtcDateTime, index=True)
    kind: str
    user_id: str | None = Field(default=None, sa_column=Column(String, ForeignKey("users.id", ondelete="SET NULL")))
    client_id: str | None = None
    grant_id: str | None = None
    facts: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
