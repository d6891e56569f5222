"""Who shares one connection to the internet: what limits by address count."""

import re
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

Address = IPv4Address | IPv6Address

_SPELLING = re.compile(r'"?(?:\[(?P<bracketed>[^\]]+)\](?::\d+)?|(?P<v4>[\d.]+):\d+|(?P<bare>[^"\[\]]+))"?')


@lru_cache(maxsize=4096)
def parse_address(text: str) -> Address | None:
    """The address in `text`, as proxies spell it: bare, in brackets, in quotes, with a port (RFC 7239 §6).

    An IPv4 address that came through a socket of both families, `::ffff:192.0.2.1`, is the IPv4 address.
    """
    spelt = _SPELLING.fullmatch(text.strip())
    if spelt is None:
        return None
    bare = next(part for part in spelt.groups() if part is not None)
    try:
        parsed = ip_address(bare.partition("%")[0])  # what follows is a name of the proxy's own interface
    except ValueError:
        return None
    return parsed.ipv4_mapped or parsed if isinstance(parsed, IPv6Address) else parsed


def network_of(address: str) -> str:
    """One household is one IPv6 /64; an IPv4 address stands for itself."""
    parsed = parse_address(address)
    if parsed is None:
        return address
    return str(ip_network((parsed, 64), strict=False)) if isinstance(parsed, IPv6Address) else str(parsed)
