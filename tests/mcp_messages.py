"""JSON-RPC messages and headers of MCP, as clients of each era send them."""

from typing import Any

MODERN = "2026-07-28"
LEGACY = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
BOTH_KINDS = "application/json, text/event-stream"


def request(method: str, params: dict[str, Any] | None = None, request_id: int | str = 1) -> dict[str, Any]:
    """A request of an older client."""
    message: dict[str, Any] = {"jsonrpc": "2.0", "id": request_id, "method": method}
    return message if params is None else message | {"params": params}


def initialize(version: str = LEGACY[-1], **capabilities: Any) -> dict[str, Any]:
    """The first message of an older client."""
    client = {"name": "test", "version": "1"}
    return request("initialize", {"protocolVersion": version, "capabilities": capabilities, "clientInfo": client})


def modern_request(method: str, params: dict[str, Any] | None = None, **meta: Any) -> dict[str, Any]:
    """A request of the 2026-07-28 revision, with its envelope."""
    envelope = {
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
    }
    return request(method, (params or {}) | {"_meta": envelope | meta})


def modern_headers(method: str, name: str | None = None) -> dict[str, str]:
    """The headers that repeat what the body of a 2026-07-28 request says."""
    headers = {"MCP-Protocol-Version": MODERN, "Mcp-Method": method, "Accept": BOTH_KINDS}
    return headers if name is None else headers | {"Mcp-Name": name}
