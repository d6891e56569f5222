"""X-Forwarded-For and -Proto, believed from configured proxies only (RFC 7239 §8.1)."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network

import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.networks import Address, parse_address

Network = IPv4Network | IPv6Network

log = structlog.get_logger(__name__)


class TrustedProxies:
    """Puts the real peer address and scheme into the ASGI scope when the connection comes from a trusted proxy."""

    def __init__(self, app: ASGIApp, trusted: Sequence[Network]) -> None:
        self.app = app
        self.trusted = [_as_addresses_are_read(network) for network in trusted]
        self._has_warned = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        client = scope.get("client")
        if scope["type"] == "http" and client and self._is_trusted(parse_address(client[0])):
            headers = Headers(scope=scope)
            scope = dict(scope, client=(self._peer(headers, client[0]), 0))
            if (proto := headers.get("x-forwarded-proto")) in ("http", "https"):
                scope["scheme"] = proto
        await self.app(scope, receive, send)

    def _peer(self, headers: Headers, direct: str) -> str:
        """The first address from the right that no trusted proxy has; what stands left of it is hearsay."""
        hops = [hop.strip() for line in headers.getlist("x-forwarded-for") for hop in line.split(",") if hop.strip()]
        if not hops and "x-forwarded-proto" in headers:
            self._warn_once("it sends X-Forwarded-Proto without X-Forwarded-For")
        peer = direct
        for hop in reversed(hops):
            address = parse_address(hop)
            if address is None:
                self._warn_once("the last address in its X-Forwarded-For cannot be read")
                return peer
            peer = str(address)
            if not self._is_trusted(address):
                break
        return peer

    def _warn_once(self, cause: str) -> None:
        """A proxy does it with each request. A request from inside names nobody at all, and nothing is wrong then."""
        if not self._has_warned:
            self._has_warned = True
            log.warning(
                "everybody_behind_the_proxy_shares_one_limit", cause=f"A trusted proxy hides who asks: {cause}."
            )

    def _is_trusted(self, address: Address | None) -> bool:
        return address is not None and any(address in network for network in self.trusted)


def _as_addresses_are_read(network: Network) -> Network:
    """`::ffff:10.0.0.0/104` is how a socket of both families spells 10.0.0.0/8."""
    mapped = network.network_address.ipv4_mapped if isinstance(network, IPv6Network) else None
    return ip_network((mapped, network.prefixlen - 96)) if mapped and network.prefixlen >= 96 else network
