"""The way back to an app while a server behind the gateway works on its request: progress, logs, and questions."""

from collections.abc import Mapping
from typing import Any

import mcp_types
from mcp import MCPError
from mcp.server import ServerRequestContext
from mcp.server.connection import allowed_log_levels
from mcp.shared.message import ServerMessageMetadata
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import BaseModel, ConfigDict

from resource_server.gateway.conversation import Front, Params

LOG_LINE = "notifications/message"

Context = ServerRequestContext[dict[str, Any], Any]


class Anything(BaseModel):
    """A result of whichever shape."""

    model_config = ConfigDict(extra="allow")


class Raw(BaseModel):
    """A request or notification as it came."""

    method: str
    params: dict[str, Any]


def front_of(context: Context) -> Front:
    """What this app can take on the way, by what it says of itself."""
    session = context.session
    capabilities = session.client_capabilities
    token = (context.meta or {}).get("progress_token") or (context.meta or {}).get("progressToken")

    async def notify(method: str, params: Params) -> None:
        if is_wanted(method, params, session.protocol_version, context.meta):
            await session.send_notification(Raw(method=method, params=dict(params)), context.request_id)  # type: ignore[arg-type]

    async def ask(method: str, params: Params) -> dict[str, Any]:
        if not session.can_send_request:
            raise MCPError(mcp_types.METHOD_NOT_FOUND, "The app cannot be asked anything here.")
        related = ServerMessageMetadata(related_request_id=context.request_id)
        reply = await session.send_request(Raw(method=method, params=dict(params)), Anything, metadata=related)  # type: ignore[arg-type]
        return reply.model_dump()

    async def report(progress: float, total: float | None, message: str | None) -> None:
        await session.report_progress(progress, total, message)

    given = report if token is not None else None
    described = capabilities.model_dump(by_alias=True, mode="json", exclude_none=True) if capabilities else {}
    comes_back = session.protocol_version in MODERN_PROTOCOL_VERSIONS
    return Front(described, notify, ask, given, comes_back)


def is_wanted(method: str, params: Params, version: str, meta: Mapping[str, Any] | None) -> bool:
    """Since MCP 2026-07-28 an app is told what happens where its request says so in `meta`, from the level on."""
    return method != LOG_LINE or params.get("level") in allowed_log_levels(version, meta)
