"""Which IP addresses a request on behalf of a stranger may reach (RFC 6890, and IANA's special-purpose registries)."""

from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

# Written out, because `is_global` differs between versions of Python and lets multicast and some tunnels through.
REFUSED_IPV4 = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared by a carrier's customers
        "168.63.129.16/32",  # a cloud's own services for its machines
        "169.254.0.0/16",  # link-local, where clouds keep their metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # the old 6to4 relays
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
GLOBAL_IPV6 = IPv6Network("2000::/3")
"""The only block of which global addresses are given out."""
REFUSED_IPV6 = tuple(
    IPv6Network(block)
    for block in (
        "2001::/23",  # protocol assignments; of them Teredo is judged before
        "2001:db8::/32",  # documentation
        "3ffe::/16",  # the old 6bone
        "3fff::/20",  # documentation
    )
)
MAPPED = IPv6Network("::ffff:0:0/96")
COMPATIBLE = IPv6Network("::/96")
SIX_TO_FOUR = IPv6Network("2002::/16")
TEREDO = IPv6Network("2001::/32")
NAT64 = IPv6Network("64:ff9b::/96")
LOCAL_NAT64 = IPv6Network("64:ff9b:1::/48")
ISATAP_IDENTIFIERS = (0x00005EFE, 0x02005EFE)
THIS_NETWORK = IPv4Network("0.0.0.0/8")


class Reach(StrEnum):
    """Where an address leads."""

    GLOBAL = "global"
    """Somewhere on the public internet."""
    LOOPBACK = "loopback"
    """This very computer."""
    REFUSED = "refused"
    """A private network, a special purpose, or nothing that can be judged."""


def reach_of(address: str) -> Reach:
    """Judges one address as a resolver writes it; one that embeds IPv4 addresses is judged by those."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return Reach.REFUSED
    return _reach_of_ipv4(parsed) if isinstance(parsed, IPv4Address) else _reach_of_ipv6(parsed)


def _reach_of_ipv4(address: IPv4Address) -> Reach:
    if address.is_loopback:
        return Reach.LOOPBACK
    return Reach.REFUSED if any(address in block for block in REFUSED_IPV4) else Reach.GLOBAL


def _reach_of_ipv6(address: IPv6Address) -> Reach:
    if address.scope_id is not None:
        return Reach.REFUSED
    if address == IPv6Address("::1"):
        return Reach.LOOPBACK
    if address in MAPPED:
        return _reach_of_ipv4(_ipv4(int(address)))
    embedded = embedded_ipv4(address)
    if embedded:
        return Reach.GLOBAL if all(_reach_of_ipv4(one) is Reach.GLOBAL for one in embedded) else Reach.REFUSED
    if address not in GLOBAL_IPV6 or any(address in block for block in REFUSED_IPV6):
        return Reach.REFUSED
    return Reach.GLOBAL


def embedded_ipv4(address: IPv6Address) -> list[IPv4Address]:
    """The IPv4 addresses that a tunnel or a translator may send a packet for `address` to; empty for most."""
    value = int(address)
    if address in MAPPED or address in COMPATIBLE or address in NAT64:
        return [_ipv4(value)]
    if address in SIX_TO_FOUR:
        return [_ipv4(value >> 80)]
    if address in TEREDO:  # RFC 4380 §4: the server, and the client with every bit flipped
        return [_ipv4(value >> 64), _ipv4(~value)]
    if address in LOCAL_NAT64:
        return _places_in_local_nat64(value)
    if value >> 32 & 0xFFFFFFFF in ISATAP_IDENTIFIERS:  # RFC 5214 §6.1
        return [_ipv4(value)]
    return []


def _places_in_local_nat64(value: int) -> list[IPv4Address]:
    """RFC 8215 leaves the length of the prefix to the operator; RFC 6052 §2.2 says where each has the address.

    A place that is not the operator's mostly holds zeros, so one in 0.0.0.0/8 counts only if all are.
    """
    high, low = value >> 64, value & 0xFFFFFFFFFFFFFF  # the eight bits between them stay zero
    places = [_ipv4(value), *(_ipv4(high << inner | low >> (56 - inner)) for inner in (16, 24, 32))]
    return [place for place in places if place not in THIS_NETWORK] or places


def _ipv4(value: int) -> IPv4Address:
    """The lowest 32 bits as an address."""
    return IPv4Address(value & 0xFFFFFFFF)
