"""Cookies of two servers on one origin: both have Path=/, so their names keep them apart (RFC 6265bis §4.1.3)."""

from collections.abc import Iterable

AUTH_COOKIE = "ostiary_auth"
"""How every cookie of the authorization server begins, behind `__Host-` with https. No other server's may."""
PAGES_COOKIE = "ostiary_pages"
"""How every cookie of the resource server's pages begins."""
HOST_PREFIX = "__Host-"


def auth_cookies(fields: Iterable[bytes]) -> bytes:
    """What the authorization server may see of the Cookie header `fields`: its own cookies, in their order."""
    pairs = [pair.strip() for field in fields for pair in field.split(b";")]
    return b"; ".join(pair for pair in pairs if is_auth_cookie(pair.partition(b"=")[0].strip()))


def is_auth_cookie(name: bytes) -> bool:
    """Whether a cookie of that name is the authorization server's."""
    own = AUTH_COOKIE.encode()
    rest = name.removeprefix(HOST_PREFIX.encode())
    return rest == own or rest.startswith(own + b"_")
