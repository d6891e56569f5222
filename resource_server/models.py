"""The tables of the resource server: MCP sessions, the vaults' keys, which are gone, and who shares namespaces."""

from datetime import datetime

from sqlalchemy import JSON, Column, Index
from sqlmodel import Field, SQLModel

from shared.clock import now
from shared.database import UtcDateTime


class McpSession(SQLModel, table=True):
    """One MCP session before 2026-07-28; `ended_at` is its tombstone, so that an ended id stays ended everywhere."""

    __tablename__ = "mcp_sessions"

    id: str = Field(primary_key=True)
    user_id: str = Field(index=True)
    client_id: str
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)


class VaultKey(SQLModel, table=True):
    """The key of one person's vault, wrapped by the master key whose id is `key_id`; deleting it ends the vault."""

    __tablename__ = "vault_keys"

    user_id: str = Field(primary_key=True)
    wrapped_key: bytes = Field(repr=False)
    key_id: str
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class ErasedVault(SQLModel, table=True):
    """A vault that was destroyed for good: nobody makes it anew. `user_id` names nobody any longer.

    `facts` say what was destroyed, so that they can be told again.
    """

    __tablename__ = "erased_vaults"

    user_id: str = Field(primary_key=True)
    erased_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    facts: dict[str, str | int] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class SharedNamespace(SQLModel, table=True):
    """A namespace that several people share; its vault goes by `id`. `name` is what its memories lie under there."""

    __tablename__ = "shared_namespaces"

    id: str = Field(primary_key=True)
    name: str
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class SharedMember(SQLModel, table=True):
    """Who shares a namespace, under which name they see it, and what others see of them: `label`."""

    __tablename__ = "shared_members"
    __table_args__ = (Index("ix_shared_members_user_id", "user_id", "name", unique=True),)

    share_id: str = Field(primary_key=True, foreign_key="shared_namespaces.id")
    user_id: str = Field(primary_key=True)
    name: str
    role: str
    label: str
    joined_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
