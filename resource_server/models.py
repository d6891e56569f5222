"""The tables of the resource server: MCP sessions and the wrapped keys of the vaults."""

from datetime import datetime

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
