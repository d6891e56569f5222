"""Arguments that headers repeat, so that what stands between can route by them (MCP 2026-07-28, `x-mcp-header`)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mcp import MCPError
from mcp.shared.inbound import mcp_param_headers, validate_mcp_param_headers

from resource_server.gateway.conversation import Front
from resource_server.gateway.listing import Listing


def with_repeated(
    front: Front, listing: Listing, tool: str, params: Mapping[str, Any], headers: Mapping[str, str] | None
) -> Front:
    """The front with the headers that the tool's schema wants, made from its arguments.

    `headers` are those of an app that has to send them, too. Raises MCPError where they say something else.
    """
    repeated = listing.repeated(tool)
    if not repeated:
        return front
    arguments = params.get("arguments") or {}
    if headers is not None:
        schema = listing.tools[tool].get("inputSchema")
        if (wrong := validate_mcp_param_headers(schema, arguments, headers)) is not None:
            raise MCPError(wrong.code, wrong.message, data=wrong.data)
    return replace(front, repeated=mcp_param_headers(repeated, arguments))
