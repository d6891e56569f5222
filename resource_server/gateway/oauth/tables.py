"""The tables of OAuth to servers: what this installation is to them, who is on the way, and people's tokens."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from shared.clock import now
from shared.database import UtcDateTime


class UpstreamClient(SQLModel, table=True):
    """What this installation is to one authorization server, for one server behind the gateway.

    One that was entered by hand has no issuer until it is used first, and belongs to that one from then on.
    """

    __tablename__ = "upstream_clients"

    server_id: str = Field(primary_key=True, foreign_key="upstream_servers.id")
    issuer: str = Field(primary_key=True)
    by_hand: bool = False
    sealed: bytes = Field(repr=False)
    redirect_uri: str = ""
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class UpstreamAttempt(SQLModel, table=True):
    """Somebody on the way to an authorization server, by the digest of their `state`; good once.

    `session` is the digest of the id of the session that it began in, `sealed` what the rest of the way needs.
    """

    __tablename__ = "upstream_attempts"

    state: str = Field(primary_key=True)
    server_id: str = Field(foreign_key="upstream_servers.id", index=True)
    user_id: str = Field(index=True)
    session: str
    issuer: str
    sealed: bytes = Field(repr=False)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class UpstreamToken(SQLModel, table=True):
    """One person's tokens for one server, sealed. `rotation` is another after each refresh, `revision` is not.

    `claimed_until` says that somebody refreshes them now. A row that `is_refused` only tells that there were some.
    """

    __tablename__ = "upstream_tokens"

    server_id: str = Field(primary_key=True, foreign_key="upstream_servers.id")
    user_id: str = Field(primary_key=True)
    sealed: bytes = Field(repr=False)
    revision: str
    rotation: str
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    wanted_scope: str = ""
    is_refused: bool = False
    claimed_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class UpstreamRevocation(SQLModel, table=True):
    """Tokens that are forgotten here, and not yet given back to whom they are from; sealed as they were."""

    __tablename__ = "upstream_revocations"

    id: str = Field(primary_key=True)
    server_id: str
    user_id: str
    sealed: bytes = Field(repr=False)
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
