"""What one port for both servers needs of the settings: said at the start instead of going in circles later."""

from urllib.parse import urlsplit

from resource_server.settings import Settings
from resource_server.single_port.paths import AuthorizationServerPaths
from shared.starting import CannotStartError
from shared.urls import origin_of


class SinglePortError(CannotStartError):
    """Settings that one port cannot serve."""


def auth_paths(settings: Settings) -> AuthorizationServerPaths:
    """The table of these settings."""
    return AuthorizationServerPaths(urlsplit(settings.issuer).path, urlsplit(settings.mcp_url).path)


def check_single_port(settings: Settings) -> None:
    """Raises SinglePortError, whose text names the settings that do not fit together."""
    if settings.issuer_origin != settings.mcp_origin:
        raise SinglePortError(
            f"one port has one origin, but OSTIARY_ISSUER is at {settings.issuer_origin} "
            f"and OSTIARY_MCP_URL at {settings.mcp_origin}"
        )
    if not settings.auth_internal_url or origin_of(settings.auth_internal_url) == settings.mcp_origin:
        raise SinglePortError(
            "one port needs OSTIARY_RESOURCE_AUTH_INTERNAL_URL, the authorization server's own address behind it"
        )
    if auth_paths(settings).reader_of(urlsplit(settings.mcp_url).path.encode()) is not None:
        raise SinglePortError("the path of OSTIARY_MCP_URL belongs to the authorization server; choose another")
