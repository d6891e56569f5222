"""How long a server may take, and how much it may say."""

from dataclasses import dataclass, field

from resource_server.gateway.caps import CapSizes

MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Of every server alike. `first_byte_seconds` is how long the first byte of an HTTP answer may take."""

    connect_seconds: float = 10.0
    first_byte_seconds: float = 120.0
    call_seconds: float = 300.0
    most_bytes: int = 4 * MEGABYTE
    caps: CapSizes = field(default_factory=CapSizes)
