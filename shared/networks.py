"""Who shares one connection to the internet: what limits by address count."""

from ipaddress import IPv6Address, ip_address, ip_network


def network_of(address: str) -> str:
    """One household is one IPv6 /64; an IPv4 address stands for itself."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((parsed, 64), strict=False)) if isinstance(parsed, IPv6Address) else str(parsed)
