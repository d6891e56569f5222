"""A call of another server's tool that is as MCP 2026-07-28 has it; whatever is unusual goes the longer way.

The rules are the SDK's own (`mcp.shared.inbound`); so are, on the longer way, the words in which they are told.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mcp.shared.inbound import InboundModernRoute, classify_inbound_request
from mcp_types import CLIENT_CAPABILITIES_META_KEY

from resource_server.authorization.challenges import RequestId
from resource_server.transport.accept import JSON, Reads
from resource_server.transport.exchange import Exchange
from resource_server.transport.heads import ENVELOPES, mcp_fields
from resource_server.transport.messages import IncomingMessage

PARAMS = frozenset({"name", "arguments", "_meta", "inputResponses", "requestState"})
MOST_KEPT = 2 * 1024
MEMBERS = frozenset({"jsonrpc", "id", "method", "params"})


@dataclass(slots=True)
class QuickCall:
    """`params` are those of tools/call as they came, `capabilities` what the app says it can do."""

    id: RequestId
    tool: str
    params: Mapping[str, Any]
    capabilities: Mapping[str, Any]
    progress_token: str | int | None
    headers: Mapping[str, str]


def quick_call(exchange: Exchange) -> QuickCall | None:
    """None for what is not one, or not quite."""
    message = exchange.message
    if message is None or exchange.reads not in (Reads.BOTH, Reads.JSON) or message.called_tool is None:
        return None
    if message.params.get("name") != message.called_tool:  # named within another call
        return None
    named = mcp_fields(exchange.scope)
    if named is None or named.get("content-type", "").partition(";")[0].strip().lower() != JSON:
        return None
    if not _is_sound(message.content) or message.id is None:
        return None
    capabilities = _said_by(message, named, exchange.scope.get(ENVELOPES))
    if capabilities is None:
        return None
    token = message.meta.get("progressToken")
    is_token = isinstance(token, (str, int)) and not isinstance(token, bool)
    return QuickCall(message.id, message.called_tool, message.params, capabilities, token if is_token else None, named)


def _said_by(
    message: IncomingMessage, named: Mapping[str, str], envelopes: dict[str, Mapping[str, Any]] | None
) -> Mapping[str, Any] | None:
    """What the app says it can do; None where head and body disagree. What agreed with the same head agrees again."""
    tool, meta = message.params["name"], message.meta
    if envelopes is not None and tool in envelopes and envelopes[tool] == meta:
        found: Mapping[str, Any] = envelopes[tool][CLIENT_CAPABILITIES_META_KEY]
        return found
    route = classify_inbound_request(message.content, headers=named)
    if not isinstance(route, InboundModernRoute) or not isinstance(route.client_capabilities, dict):
        return None
    if envelopes is not None and message.size <= MOST_KEPT:
        envelopes.clear()
        envelopes[tool] = meta
    return route.client_capabilities


def _is_sound(content: Mapping[str, Any]) -> bool:
    params = content["params"]
    return (
        content.get("jsonrpc") == "2.0"
        and content.keys() <= MEMBERS
        and params.keys() <= PARAMS
        and isinstance(params.get("arguments", {}), dict)
        and isinstance(params.get("inputResponses", {}), dict)
        and isinstance(params.get("requestState", ""), str)
    )
