"""Names of upstream tools at this server: `server__tool`, so that no two servers' tools meet."""

import re

SEPARATOR = "__"
LONGEST = 128
"""MCP, tools: names have at most 128 characters."""

SENDABLE = re.compile(r"[A-Za-z0-9_./-]+")
"""MCP, tools: names are made of these; a letter of another alphabet would pass for the one it looks like."""


def is_sendable(server: str, tool: str) -> bool:
    """Whether a tool may be shown under its name."""
    return bool(SENDABLE.fullmatch(tool)) and len(full_name(server, tool)) <= LONGEST


def full_name(server: str, tool: str) -> str:
    """What a caller names the tool of a server."""
    return f"{server}{SEPARATOR}{tool}"


def parts_of(name: str) -> tuple[str, str] | None:
    """The server's name and the tool's own; None for a name that belongs to no server."""
    server, separator, tool = name.partition(SEPARATOR)
    return (server, tool) if separator and server and tool else None
