"""The tables of the gateway: servers, what people entered for them and did to them, and tools as they were accepted."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index
from sqlmodel import Field, SQLModel

from shared.clock import now
from shared.database import UtcDateTime


class UpstreamServer(SQLModel, table=True):
    """One server. `owner` is the person, or the session, that it belongs to; empty, it is for everybody.

    `sealed` holds what it gets from this installation: headers, or a command's environment. `asks` names those that
    each person enters; `origin` is the file it was read from. `oauth` is the challenge with which it refused who had no
    token, and None while none is known. `shapes` says how its tools are shown here. `named_at` is since when its name
    means it. `revision` is another after each change but of these two.
    """

    __tablename__ = "upstream_servers"
    __table_args__ = (Index("ix_upstream_servers_name", "owner", "name", unique=True),)

    id: str = Field(primary_key=True)
    name: str
    owner: str = ""
    transport: str
    url: str = ""
    command: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    sealed: bytes | None = Field(default=None, repr=False)
    asks: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    origin: str = ""
    oauth: dict[str, str] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True), nullable=True))
    shapes: dict[str, dict[str, Any]] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    revision: str
    is_enabled: bool = True
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    named_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class UpstreamCredential(SQLModel, table=True):
    """What one person entered for one server, sealed."""

    __tablename__ = "upstream_credentials"

    server_id: str = Field(primary_key=True, foreign_key="upstream_servers.id")
    user_id: str = Field(primary_key=True)
    sealed: bytes = Field(repr=False)
    revision: str
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class AcceptedTool(SQLModel, table=True):
    """A tool as it was when it was accepted: `definition` shows what changed since, `digest` tells that it did."""

    __tablename__ = "accepted_tools"

    server_id: str = Field(primary_key=True, foreign_key="upstream_servers.id")
    viewer: str = Field(primary_key=True)
    tool: str = Field(primary_key=True)
    digest: str
    definition: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    accepted_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class GatewaySession(SQLModel, table=True):
    """A set of servers of one app of a person. `server_ids` are those of everybody's that are in it.

    Servers that the app brought itself have the session's id as their owner.
    """

    __tablename__ = "gateway_sessions"

    id: str = Field(primary_key=True)
    user_id: str = Field(index=True)
    client_id: str
    notes: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    server_ids: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    used_at: datetime = Field(default_factory=now, sa_type=UtcDateTime, index=True)


class PinnedTool(SQLModel, table=True):
    """A tool, by its own name, that one grant's app always sees."""

    __tablename__ = "pinned_tools"

    grant_id: str = Field(primary_key=True)
    user_id: str = Field(primary_key=True, index=True)
    server_id: str = Field(primary_key=True, foreign_key="upstream_servers.id")
    tool: str = Field(primary_key=True)
    pinned_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class NotedAct(SQLModel, table=True):
    """What an administrator did to a server, until it stands in the audit log as the event `id`.

    `user_id` is who did it; nobody, at the machine. `client_id` is the app by which they did. `person` is for whom it
    was done, where it was not for everybody.
    """

    __tablename__ = "server_acts"

    id: str = Field(primary_key=True)
    act: str
    server_id: str
    server: str
    transport: str
    user_id: str = ""
    client_id: str = ""
    person: str = ""
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime, index=True)
