"""URLs that travel as strings: loopback hosts, origins, the canonical resource (RFC 8252 §7.3, RFC 3986 §6.2)."""

from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443}


def is_loopback_host(host: str | None) -> bool:
    """127.0.0.0/8, ::1 and `localhost`."""
    if host is None:
        return False
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def origin_of(url: str) -> str:
    """`scheme://host[:port]` in lower case, without a default port. Raises ValueError."""
    parts = urlsplit(url)
    host = parts.hostname
    if not parts.scheme or not host:
        raise ValueError(f"not an absolute URL: {url!r}")
    return f"{parts.scheme.lower()}://{authority(parts)}"


def authority(parts: SplitResult) -> str:
    """Host and, unless it is the scheme's own, port. Raises ValueError."""
    host = (parts.hostname or "").lower()
    shown = f"[{host}]" if ":" in host else host
    if parts.port is None or parts.port == DEFAULT_PORTS.get(parts.scheme.lower()):
        return shown
    return f"{shown}:{parts.port}"
