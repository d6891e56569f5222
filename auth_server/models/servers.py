"""Keys that sign, credentials of resource servers, the audit log, and what happened how often."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel

from shared.clock import now
from shared.database import UtcDateTime
from shared.ids import new_id


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


class AuditEvent(SQLModel, table=True):
    """Something that mattered for security: who, what, when; never a secret. Rows are added and never changed.

    `hash` covers the row and the hash of the row before it, so that nothing in between can be changed or left out.
    """

    __tablename__ = "audit_events"

    sequence: int | None = Field(default=None, primary_key=True)
    id: str = Field(default_factory=lambda: new_id("evt"), unique=True)
    at: datetime = Field(default_factory=now, sa_type=UtcDateTime, index=True)
    kind: str = Field(index=True)
    user_id: str | None = Field(default=None, index=True)
    """Whom it is about, or who did it to themselves."""
    by: str | None = None
    """The administrator who did it to somebody else; None for a person themselves, a client, or a command."""
    client_id: str | None = Field(default=None, index=True)
    grant_id: str | None = None
    """A grant, or an API key."""
    facts: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    hash: str = ""


class ActivityCount(SQLModel, table=True):
    """How often something happened within an hour: calls and refusals, told by both servers; never about whom."""

    __tablename__ = "activity_counts"

    hour: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    server: str = Field(primary_key=True)
    """`auth` or `mcp`."""
    kind: str = Field(primary_key=True)
    """`calls` or `refusals`."""
    reason: str = Field(primary_key=True)
    """Of refusals; empty for calls."""
    count: int = 0
    milliseconds: int = 0
    """What all of them took together."""
