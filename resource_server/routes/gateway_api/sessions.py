"""Sessions with servers of their own: created, shown, ended."""

import json
from datetime import datetime
from typing import Annotated, Any

import anyio
from fastapi import APIRouter, Path
from pydantic import Field, field_validator

from resource_server.context.caller import Caller
from resource_server.gateway.links import Viewer
from resource_server.gateway.sessions import ServerSession, TooManySessionsError, within
from resource_server.routes.gateway_api.dependencies import (
    SESSION_UNKNOWN,
    VISIBLE,
    Api,
    GatewayApi,
    GatewayCaller,
    found_session,
    in_session,
    viewer_of,
)
from resource_server.routes.gateway_api.servers import WireServer, shown_servers
from resource_server.routes.gateway_api.tools import WireTool, shown_tool
from resource_server.routes.gateway_api.wire import ApiProblemError, WireModel

LONGEST_METADATA = 4096
TOO_MANY = "This person's apps hold as many sessions as they may: delete one that is no longer needed."

router = APIRouter(tags=["sessions"])
SessionPath = Annotated[str, Path(max_length=100, pattern=VISIBLE)]


class WireNewSession(WireModel):
    """A session before it exists."""

    metadata: dict[str, Any] = Field(default_factory=dict, description="What the app wants to find again; 4 KB.")

    @field_validator("metadata")
    @classmethod
    def is_short(cls, value: dict[str, Any]) -> dict[str, Any]:
        """4 KB of JSON."""
        if len(json.dumps(value)) > LONGEST_METADATA:
            raise ValueError("metadata is longer than 4 KB of JSON")
        return value


class WireSession(WireModel):
    """A session."""

    session_id: str
    metadata: dict[str, Any]
    created_at: datetime
    used_at: datetime
    ends_at: datetime = Field(description="When it ends unless it is used until then.")
    server_count: int
    connection_count: int = Field(description="Conversations with servers that are open for it in this process.")


class WireSessions(WireModel):
    """The app's sessions, the oldest first."""

    sessions: list[WireSession]


class WireSessionDetails(WireSession):
    """A session with its servers and tools."""

    servers: list[WireServer]
    tools: list[WireTool]


class WireEnded(WireModel):
    """What was ended."""

    session_id: str


@router.post("/sessions/create", status_code=201)
async def create_session(body: WireNewSession, api: Api, caller: GatewayCaller) -> WireSession:
    """A session, with the servers that the file of servers names. It is this person's and this app's."""
    sessions, viewer = api.calls.tools.gateway.sessions, viewer_of(caller)
    try:
        session = await anyio.to_thread.run_sync(sessions.open, viewer, body.metadata)
    except TooManySessionsError:
        raise ApiProblemError(409, "too_many_sessions", TOO_MANY) from None
    return await _shown(api, viewer, session)


@router.get("/sessions")
async def list_sessions(api: Api, caller: GatewayCaller) -> WireSessions:
    """The sessions of this app with this person."""
    sessions, viewer = api.calls.tools.gateway.sessions, viewer_of(caller)
    found = await anyio.to_thread.run_sync(sessions.all_of, viewer)
    return WireSessions(sessions=[await _shown(api, viewer, session) for session in found])


@router.get("/sessions/{session_id}")
async def get_session(session_id: SessionPath, api: Api, caller: GatewayCaller) -> WireSessionDetails:
    """One session, with its servers and their tools."""
    session = await anyio.to_thread.run_sync(found_session, api, caller, session_id)
    confined: Caller = in_session(caller, session)
    shown = await _shown(api, viewer_of(caller), session)
    return WireSessionDetails(
        **shown.model_dump(),
        servers=await shown_servers(api, confined),
        tools=[shown_tool(tool) for tool in await api.calls.listed(confined)],
    )


@router.delete("/sessions/{session_id}")
async def delete_session(session_id: SessionPath, api: Api, caller: GatewayCaller) -> WireEnded:
    """Ends the session: its servers are removed, its conversations closed."""
    gateway, viewer = api.calls.tools.gateway, viewer_of(caller)
    if not await anyio.to_thread.run_sync(gateway.sessions.end, session_id, viewer):
        raise ApiProblemError(404, "session_unknown", SESSION_UNKNOWN)
    api.running.end(session_id)
    gateway.links.close_all_of(within(viewer, session_id))
    return WireEnded(session_id=session_id)


async def _shown(api: GatewayApi, viewer: Viewer, session: ServerSession) -> WireSession:
    gateway, inside = api.calls.tools.gateway, within(viewer, session.id)
    return WireSession(
        session_id=session.id,
        metadata=dict(session.notes),
        created_at=session.created_at,
        used_at=session.used_at,
        ends_at=session.ends_at,
        server_count=len(await gateway.visible_to(inside)),
        connection_count=gateway.links.open_for(inside),
    )
