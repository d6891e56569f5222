"""Grants, the codes and tokens that come of them, API keys, and what is told of their changes."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel

from shared.authorization_details import Details, parse_details
from shared.clock import now
from shared.database import UtcDateTime
from shared.ids import new_id
from shared.scopes import Scope, format_scope, named_servers, parse_scope


class Grant(SQLModel, table=True):
    """What one approval allowed: scope and details, until it expires or is revoked. `revision` grows with each edit."""

    __tablename__ = "grants"

    id: str = Field(default_factory=lambda: new_id("grt"), primary_key=True)
    user_id: str | None = Field(default=None, foreign_key="users.id", index=True, ondelete="CASCADE")
    """Who gave it; None for what a client may do in its own name (RFC 6749 §4.4)."""
    client_id: str = Field(foreign_key="clients.client_id", index=True, ondelete="CASCADE")
    resource: str
    redirect_uri: str
    scope: str
    details_json: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column("details", JSON, nullable=False))
    client_snapshot: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    """What the client's document said when the person approved it; None for a client that needs no document."""
    revision: int = 1
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    decided_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    """When somebody last decided what it allows: servers that it names are those of before."""
    activated_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """The granted scopes, in the order of the enum."""
        return parse_scope(self.scope)

    def scope_of(self, scopes: Collection[Scope]) -> str:
        """What a token of these scopes says: servers that the grant's scope names narrow it too."""
        return format_scope(scopes, named_servers(self.scope))

    @property
    def details(self) -> Details:
        """The granted details."""
        return parse_details(self.details_json)

    @property
    def subject(self) -> str:
        """Whose memories it opens: the person's, or the client's own. Their ids never meet (RFC 9700 §4.15)."""
        return self.user_id or self.client_id

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
    nonce: str | None = None
    authenticated_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When the person proved who they are: `auth_time` of an id_token (OpenID Connect Core §2)."""
    methods: str = ""
    """How they did: `amr` of an id_token (RFC 8176)."""
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


class DeviceCode(SQLModel, table=True):
    """RFC 8628 §3.2: a request of a device, waiting for somebody to type its user code elsewhere."""

    __tablename__ = "device_codes"

    digest: str = Field(primary_key=True, repr=False)
    user_code_digest: str = Field(unique=True, repr=False)
    client_id: str = Field(foreign_key="clients.client_id", index=True, ondelete="CASCADE")
    resource: str
    scope: str
    details_json: list[dict[str, Any]] | None = Field(
        default=None, sa_column=Column("details", JSON(none_as_null=True), nullable=True)
    )
    """What the request named; None when it named nothing."""
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    interval: int = 5
    """Seconds between two polls; it grows with every poll that comes too soon (§3.5)."""
    last_polled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    grant_id: str | None = Field(default=None, foreign_key="grants.id", ondelete="CASCADE")
    """What the person allowed; None before they answered, and after they refused."""
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ApiKeyOrigin(StrEnum):
    """Who made a key."""

    PERSON = "person"
    ADMINISTRATOR = "administrator"
    ENVIRONMENT = "environment"
    """It stands in a variable such as MCP_API_KEY, and ends when it stands there no longer."""


class ApiKey(SQLModel, table=True):
    """A credential of somebody's own for programs without OAuth; the key is shown once, this row has its digest.

    Like a grant it has a scope, details and a revision, and its `id` is what the change feed calls it.
    """

    __tablename__ = "api_keys"

    id: str = Field(default_factory=lambda: new_id("key"), primary_key=True)
    digest: str = Field(unique=True, repr=False)
    hint: str = ""
    """Its last four characters, by which its owner knows it again; empty for keys of a form that is not ours."""
    name: str
    user_id: str = Field(foreign_key="users.id", index=True, ondelete="CASCADE")
    origin: str = ApiKeyOrigin.PERSON
    created_by: str | None = None
    """The administrator who made it for somebody else, or a command."""
    scope: str
    details_json: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column("details", JSON, nullable=False))
    revision: int = 1
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    decided_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    """When somebody last decided what it may do."""
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    replaced_by: str | None = None
    """The id of the key that a rotation made; this one ends at `expires_at`."""

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """What it may do, in the order of the enum."""
        return parse_scope(self.scope)

    @property
    def details(self) -> Details:
        """Where it may do it."""
        return parse_details(self.details_json)

    def is_live(self) -> bool:
        """Whether it opens anything now."""
        return self.revoked_at is None and (self.expires_at is None or now() < self.expires_at)


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
