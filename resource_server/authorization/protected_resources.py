"""RFC 9728: the protected resources of this server: the MCP endpoint, and each server behind it at its own address."""

from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from resource_server.authorization.metadata_urls import WELL_KNOWN, metadata_url
from resource_server.settings import Settings
from shared.mounted_servers import mounted_path, mounted_url, server_at
from shared.scopes import DEFAULT_SCOPES, RESOURCE_SCOPES, Scope

HERE = (Scope.GATEWAY_CALL,)


@dataclass(frozen=True)
class ProtectedResource:
    """One of them. Its identifier is the audience of its tokens; `first_scopes` are what a challenge asks for.

    `server` is the name of the one server that it is; empty for the MCP endpoint, which holds all of them.
    """

    identifier: str
    name: str
    metadata_url: str
    scopes: tuple[Scope, ...]
    first_scopes: tuple[Scope, ...]
    server: str = ""


def mcp_endpoint(settings: Settings) -> ProtectedResource:
    """Memories, and the servers that a grant names."""
    return ProtectedResource(settings.mcp_url, "Ostiary", metadata_url(settings), RESOURCE_SCOPES, DEFAULT_SCOPES)


def plain_endpoint(settings: Settings) -> ProtectedResource:
    """The same over plain HTTP: whoever comes without MCP comes for the tools of servers, too."""
    first = (*DEFAULT_SCOPES, Scope.GATEWAY_CALL)
    return replace(mcp_endpoint(settings), first_scopes=first)


def one_server(server: str, settings: Settings) -> ProtectedResource:
    """The server of this name alone, whether there is one or not: nothing here depends on it."""
    return ProtectedResource(
        identifier=mounted_url(server, settings.mcp_url),
        name=f"{server} at Ostiary",
        metadata_url=f"{settings.mcp_origin}{WELL_KNOWN}{mounted_path(server)}",
        scopes=HERE,
        first_scopes=HERE,
        server=server,
    )


def resource_at(path: str, settings: Settings) -> ProtectedResource | None:
    """What a request to this path is about; a slash at its end is nothing."""
    plain = path.rstrip("/")
    if plain == urlsplit(settings.mcp_url).path.rstrip("/"):
        return mcp_endpoint(settings)
    server = server_at(plain)
    return one_server(server, settings) if server is not None else None
