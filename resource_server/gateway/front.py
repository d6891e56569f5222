"""The app behind a request to a server: what it can take on the way to its answer."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mcp.shared.dispatcher import ProgressFnT
from mcp_types import (
    CLIENT_CAPABILITIES_META_KEY,
    CLIENT_INFO_META_KEY,
    LOG_LEVEL_META_KEY,
    PROTOCOL_VERSION_META_KEY,
)

Params = Mapping[str, Any]
ENVELOPE = frozenset(
    {PROTOCOL_VERSION_META_KEY, CLIENT_INFO_META_KEY, CLIENT_CAPABILITIES_META_KEY, LOG_LEVEL_META_KEY}
)


@dataclass(frozen=True)
class Front:
    """What the caller of a request can take on the way to its answer.

    One that `comes_back` cannot be asked: it is told what is needed, and repeats its request (MCP 2026-07-28).
    """

    capabilities: Params
    notify: Callable[[str, Params], Awaitable[None]]
    ask: Callable[[str, Params], Awaitable[dict[str, Any]]]
    progress: ProgressFnT | None = None
    comes_back: bool = False
    repeated: Mapping[str, str] = field(default_factory=dict)
    """Headers that repeat what arguments say, where the tool's schema wants them (MCP 2026-07-28, `x-mcp-header`)."""
    log_level: str = ""
    """What an app said once that cannot say it with each request, as newer servers want it."""


def without_envelope(params: Params) -> dict[str, Any]:
    """What a newer app says with each request, an older server was told when it was greeted."""
    meta = params.get("_meta")
    if not isinstance(meta, dict):
        return dict(params)
    return {**params, "_meta": {name: value for name, value in meta.items() if name not in ENVELOPE}}
