"""OAuth clients, what was read about them, and who may be one."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel

from shared.authorization_details import Details, parse_details
from shared.clock import now
from shared.database import UtcDateTime
from shared.ids import new_id


class ClientOrigin(StrEnum):
    """How this server came to know a client."""

    REGISTERED = "registered"
    """It registered itself (RFC 7591); what it says of itself is unverified."""
    DOCUMENT = "document"
    """Its id is the address of a document that was read there: the host is verified, the rest is its word."""
    ADMINISTRATOR = "administrator"
    """An administrator entered it."""
    OWN_PAGES = "own_pages"
    """The resource server's pages for people: part of this Ostiary."""


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
    post_logout_redirect_uris: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """Where it takes people back to after they signed out (OpenID Connect RP-Initiated Logout 1.0 §3.1)."""
    details_json: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column("details", JSON, nullable=False))
    """What it may do in its own name, with client_credentials; empty for a client that acts for people alone."""
    decided_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    """When somebody last decided what it may do in its own name."""
    previous_secret_digest: str | None = Field(default=None, repr=False)
    previous_secret_expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """Until then the secret before the last rotation works too."""
    registered_from: str = ""
    """The network its registration came from; empty for one that was entered or is known by a document."""
    approved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    blocked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """Since then nothing of it works; what people allowed it stays, and counts again when it is unblocked."""

    @property
    def details(self) -> Details:
        """What it may do in its own name."""
        return parse_details(self.details_json)


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
