"""X-Forwarded-For and -Proto, believed from configured proxies only (RFC 7239 §8.1)."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

Networks = Sequence[IPv4Network | IPv6Network]


class TrustedProxies:
    """Puts the real peer address and scheme into the ASGI scope when the connection comes from a trusted proxy."""

    def __init__(self, app: ASGIApp, trusted: Networks) -> None:
        self.app = app
        self.trusted = trusted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        client = scope.get("client")
        if scope["type"] == "http" and client and self._is_trusted(client[0]):
            headers = Headers(scope=scope)
            scope = dict(scope, client=(self._peer(headers.getlist("x-forwarded-for"), client[0]), 0))
            if (proto := headers.get("x-forwarded-proto")) in ("http", "https"):
                scope["scheme"] = proto
        await self.app(scope, receive, send)

    def _peer(self, forwarded: list[str], direct: str) -> str:
        """The first address from the right that no trusted proxy has; what stands left of it is hearsay."""
        hops = [hop.strip() for line in forwarded for hop in line.split(",") if hop.strip()]
        peer = direct
        for hop in reversed(hops):
            try:
                ip_address(hop)
            except ValueError:
                return peer
            peer = hop
            if not self._is_trusted(hop):
                break
        return peer

    def _is_trusted(self, address: str) -> bool:
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self.trusted)
