"""RFC 8707: the resources tokens are made for, in the spellings clients use for them."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from auth_server.oauth.errors import InvalidTargetError
from auth_server.settings import Settings
from shared.urls import origin_of


def requested_resource(requested: Sequence[str], settings: Settings) -> str:
    """The audience for these `resource` parameters: the MCP endpoint, byte for byte, also when none was sent.

    A client may repeat the parameter as long as every value names that one resource. Raises InvalidTargetError.
    """
    return named_resource(requested, settings, (settings.mcp_url,)) or settings.mcp_url


def named_resource(requested: Sequence[str], settings: Settings, offered: Sequence[str]) -> str | None:
    """The one of the `offered` resources that all these parameters name; None when there are none.

    Raises InvalidTargetError.
    """
    spellings = {resource: resource for resource in offered}
    if settings.mcp_url in offered:
        spellings |= dict.fromkeys(settings.effective_resource_aliases, settings.mcp_url)
    named = {
        next((resource for spelt, resource in spellings.items() if names(asked, spelt)), None) for asked in requested
    }
    if None in named:
        raise InvalidTargetError(f"This server issues no tokens for that resource, only for {' and '.join(offered)}")
    if len(named) > 1:
        raise InvalidTargetError("A token is made for one resource: ask for each of them by itself.")
    return named.pop() if named else None


def check_granted_resource(requested: Sequence[str], settings: Settings, granted: str) -> None:
    """At the token endpoint a request names what was granted, or nothing (§2.2). Raises InvalidTargetError."""
    own = (settings.userinfo_resource, settings.admin_resource)
    named_resource(requested, settings, (granted,) if granted in own else (settings.mcp_url,))


def is_current(resource: str, settings: Settings) -> bool:
    """Whether tokens are still made for what a grant was given for."""
    return resource in settings.resources


def names(requested: str, resource: str) -> bool:
    """Whether a `resource` parameter names this resource, however it is spelt."""
    try:
        return canonical(requested) == canonical(resource)
    except ValueError:
        return False


def canonical(resource: str) -> str:
    """RFC 3986 §6.2.3: scheme and host in lower case, no default port, an empty path is `/`. Raises ValueError."""
    parts = urlsplit(resource)
    if "#" in resource or "@" in parts.netloc or not resource.isascii() or not resource.isprintable():
        raise ValueError("a resource has no fragment and no user")
    query = f"?{parts.query}" if "?" in resource else ""
    return f"{origin_of(resource)}{parts.path or '/'}{query}"
