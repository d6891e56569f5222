"""RFC 8707: the one resource tokens are made for, in the spellings clients use for it."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from auth_server.oauth.errors import InvalidTargetError
from auth_server.settings import Settings
from shared.urls import origin_of


def requested_resource(requested: Sequence[str], settings: Settings) -> str:
    """The audience for these `resource` parameters: the configured string, byte for byte, also when none was sent.

    A client may repeat the parameter as long as every value names that one resource. Raises InvalidTargetError.
    """
    known = (settings.mcp_url, *settings.effective_resource_aliases)
    for resource in requested:
        if not any(names(resource, each) for each in known):
            raise InvalidTargetError(f"This server issues no tokens for that resource, only for {settings.mcp_url}")
    return settings.mcp_url


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
