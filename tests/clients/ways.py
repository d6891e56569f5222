"""Other people's clients, and the ways to connect with each: program, protocol revision, identity."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from tests.clients.desktop import Desktop
from tests.clients.foreign_app import ForeignApp
from tests.clients.inspector_cli import INSPECTOR, InspectorCli
from tests.clients.mcp_remote import McpRemote
from tests.clients.program import fastmcp, typescript
from tests.clients.seen import Identity, npm_package, python_package

LEGACY, MODERN = "2025-11-25", "2026-07-28"
DOCUMENT = "https://app.example/oauth/client.json"
"""Where the apps that identify themselves by a metadata document publish it."""

SDK_1, SDK_2 = "@modelcontextprotocol/sdk", "@modelcontextprotocol/client"

Start = Callable[[Desktop, str], AbstractContextManager[ForeignApp]]


@dataclass(frozen=True)
class Way:
    """A client and one way to connect with it."""

    client: str
    package: Callable[[], str]
    protocol: str
    identity: Identity
    start: Start


def typescript_way(client: str, package: str, protocol: str, identity: Identity) -> Way:
    """With the provider's clientMetadataUrl, or without; protocol negotiation only when it is asked for."""
    options = {"clientName": client}
    options |= {"clientMetadataUrl": DOCUMENT} if identity == Identity.DOCUMENT else {}
    options |= {"protocolMode": "auto"} if protocol == MODERN else {}
    return Way(
        client, lambda: npm_package(package), protocol, identity, lambda *place: typescript(package, *place, **options)
    )


def mcp_remote_way(protocol: str, identity: Identity) -> Way:
    """Started by a desktop app of either era."""
    options = ["--client-metadata-url", DOCUMENT] if identity == Identity.DOCUMENT else []
    options += ["--protocol", "auto"] if protocol == MODERN else []
    mode = "auto" if protocol == MODERN else "legacy"
    package = "mcp-remote"
    return Way(
        package, lambda: npm_package(package), protocol, identity, lambda *place: McpRemote(*place, *options, mode=mode)
    )


def fastmcp_way(identity: Identity) -> Way:
    """FastMCP negotiates by itself."""
    options = {"clientName": "FastMCP app"}
    options |= {"clientMetadataUrl": DOCUMENT} if identity == Identity.DOCUMENT else {}
    package = "fastmcp-slim"
    return Way("FastMCP", lambda: python_package(package), MODERN, identity, lambda *place: fastmcp(*place, **options))


def inspector_way(protocol: str, identity: Identity) -> Way:
    """The command line, told which era it shall speak."""
    options = ["--client-metadata-url", DOCUMENT] if identity == Identity.DOCUMENT else []
    options += ["--protocol-era", "modern" if protocol == MODERN else "legacy"]
    name, package = "MCP Inspector CLI", lambda: npm_package(INSPECTOR)
    return Way(name, package, protocol, identity, lambda *place: InspectorCli(*place, *options))


WAYS = [
    typescript_way("TypeScript SDK 1", SDK_1, LEGACY, Identity.REGISTRATION),
    typescript_way("TypeScript SDK 1", SDK_1, LEGACY, Identity.DOCUMENT),
    typescript_way("TypeScript SDK 2", SDK_2, LEGACY, Identity.REGISTRATION),
    typescript_way("TypeScript SDK 2", SDK_2, MODERN, Identity.DOCUMENT),
    mcp_remote_way(LEGACY, Identity.REGISTRATION),
    mcp_remote_way(MODERN, Identity.DOCUMENT),
    fastmcp_way(Identity.REGISTRATION),
    inspector_way(LEGACY, Identity.REGISTRATION),
    inspector_way(MODERN, Identity.DOCUMENT),
]
