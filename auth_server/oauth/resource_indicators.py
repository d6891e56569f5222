"""RFC 8707: the resources tokens are made for, in the spellings clients use for them."""

from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from auth_server.oauth.errors import InvalidTargetError
from auth_server.settings import Settings
from shared.mounted_servers import mounted_server, mounted_url, server_at
from shared.urls import origin_of


def requested_resource(requested: Sequence[str], settings: Settings) -> str:
    """The audience for these `resource` parameters: one server's own, or the MCP endpoint, also when none was sent.

    A client may repeat the parameter as long as every value names that one resource. Raises InvalidTargetError.
    """
    return named_resource(requested, settings, (settings.mcp_url,)) or settings.mcp_url


def named_resource(requested: Sequence[str], settings: Settings, offered: Sequence[str]) -> str | None:
    """The one of the `offered` resources that all these parameters name; None when there are none.

    Where the MCP endpoint is offered, so is each server behind it at its own address, be there one of the name or not.
    Raises InvalidTargetError.
    """
    named = {_named(asked, settings, offered) for asked in requested}
    if None in named:
        raise InvalidTargetError(f"This server issues no tokens for that resource, only for {' and '.join(offered)}")
    if len(named) > 1:
        raise InvalidTargetError("A token is made for one resource: ask for each of them by itself.")
    return named.pop() if named else None


def check_granted_resource(requested: Sequence[str], settings: Settings, granted: str) -> None:
    """At the token endpoint a request names what was granted, or nothing (§2.2). Raises InvalidTargetError."""
    offered = granted if settings.is_resource(granted) else settings.mcp_url
    if named_resource(requested, settings, (offered,)) not in (None, offered):
        raise InvalidTargetError("The approval is for another resource: ask for each of them by itself.")


def is_current(resource: str, settings: Settings) -> bool:
    """Whether tokens are still made for what a grant was given for."""
    return settings.is_resource(resource)


def names(requested: str, resource: str) -> bool:
    """Whether a `resource` parameter names this resource, however it is spelt."""
    try:
        return canonical(requested) == canonical(resource)
    except ValueError:
        return False


def _named(asked: str, settings: Settings, offered: Iterable[str]) -> str | None:
    among = [*offered, *_mounted(asked, settings)] if settings.mcp_url in offered else offered
    return next((one for one in among if any(names(asked, spelt) for spelt in _spellings(one, settings))), None)


def _mounted(asked: str, settings: Settings) -> tuple[str, ...]:
    """The address of the server that a parameter may name."""
    server = server_at(asked[asked.rfind("/servers/") :].removesuffix("/"))
    return (mounted_url(server, settings.mcp_url),) if server is not None else ()


def _spellings(resource: str, settings: Settings) -> tuple[str, ...]:
    """A server's own address may end with a slash where that of the MCP endpoint may."""
    aliases = settings.effective_resource_aliases
    if resource == settings.mcp_url:
        return (resource, *aliases)
    takes_slash = mounted_server(resource, settings.mcp_url) is not None and f"{settings.mcp_url}/" in aliases
    return (resource, f"{resource}/") if takes_slash else (resource,)


def canonical(resource: str) -> str:
    """RFC 3986 §6.2.3: scheme and host in lower case, no default port, an empty path is `/`. Raises ValueError."""
    parts = urlsplit(resource)
    if "#" in resource or "@" in parts.netloc or not resource.isascii() or not resource.isprintable():
        raise ValueError("a resource has no fragment and no user")
    query = f"?{parts.query}" if "?" in resource else ""
    return f"{origin_of(resource)}{parts.path or '/'}{query}"
