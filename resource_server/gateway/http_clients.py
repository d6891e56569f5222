"""HTTP to servers that people name: every address is judged before it is connected to, on every hop (RFC 6890)."""

import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import ip_address

import httpcore2
import httpx2

from resource_server.gateway.http_limits import IS_OURS, BoundedTransport
from resource_server.gateway.limits import Limits
from shared.addresses import Reach, reach_of
from shared.safe_fetch import INTERNET, Network

WRITE_SECONDS, SILENT_SECONDS = 30.0, 300.0
"""A server may think for long before the next line of a stream."""

PLAIN = {"Accept-Encoding": "identity"}
"""What is compressed may be a thousand times as long as it looks."""

HOW_TO_ALLOW = "who runs Ostiary may name it in OSTIARY_RESOURCE_UPSTREAM_PRIVATE_HOSTS"


class RefusedAddressError(httpcore2.ConnectError):
    """Our rules forbid to connect there; the text is a sentence for people."""


@dataclass(frozen=True)
class HttpClients:
    """Makes clients. `private_hosts` may lie in private networks; with `allow_loopback` this very computer may, too."""

    private_hosts: frozenset[str] = frozenset()
    allow_loopback: bool = False
    network: Network = field(default=INTERNET)
    limits: Limits = field(default_factory=Limits)
    statuses: list[int] | None = None
    """Takes the status of each answer, for who wants to know."""

    def open(self, url: str, headers: Mapping[str, str], auth: httpx2.Auth | None = None) -> httpx2.AsyncClient:
        """A client for one server. Raises RefusedAddressError."""
        self.check(url)
        return self.make(dict(headers), auth=auth)

    def check(self, url: str) -> None:
        """Raises RefusedAddressError for a forbidden address, and a scheme that shows on the way what is sent."""
        parsed = httpx2.URL(url)
        if is_address(parsed.host) and not self._may_reach(parsed.host, {reach_of(parsed.host)}):
            raise RefusedAddressError(f"{parsed.host} is no address on the public internet; {HOW_TO_ALLOW}.")
        if parsed.scheme != "https" and not self._may_be_plain(parsed.host):
            raise RefusedAddressError(
                f"{parsed.host} is asked for without TLS: its address has to begin with https://."
            )

    def make(
        self,
        headers: dict[str, str] | None = None,
        timeout: httpx2.Timeout | None = None,
        auth: httpx2.Auth | None = None,
        *,
        answers_elsewhere: bool = False,
    ) -> httpx2.AsyncClient:
        """A client whose connections are judged; redirects are followed by the SDK, within one origin alone."""
        usual = httpx2.Timeout(WRITE_SECONDS, connect=self.limits.connect_seconds, read=SILENT_SECONDS)
        return httpx2.AsyncClient(
            headers={**(headers or {}), **PLAIN}, timeout=timeout or usual, auth=auth, trust_env=False,
            transport=BoundedTransport(_Transport(self), self.limits, answers_elsewhere=answers_elsewhere),
            event_hooks={"response": [self._note]},
        )  # fmt: skip

    async def _note(self, answer: httpx2.Response) -> None:
        if self.statuses is not None and IS_OURS not in answer.extensions:
            self.statuses.append(answer.status_code)

    async def addresses_of(self, host: str, port: int) -> list[tuple[str, int]]:
        """The addresses that may be connected to; one that may not refuses all. Raises RefusedAddressError."""
        try:
            found = list(await self.network.resolve(host, port))
        except OSError as cause:
            raise RefusedAddressError(f"{host} cannot be found.") from cause
        if not self._may_reach(host, {reach_of(address) for address, _ in found}):
            raise RefusedAddressError(f"{host} has no address on the public internet; {HOW_TO_ALLOW}.")
        return found

    @cached_property
    def tls(self) -> ssl.SSLContext:
        """Made once: reading the system's authorities takes longer than a call."""
        return self.network.tls or httpx2.create_ssl_context()

    def _may_reach(self, host: str, reaches: set[Reach]) -> bool:
        allowed = {Reach.GLOBAL} | ({Reach.LOOPBACK} if self.allow_loopback else set())
        return host in self.private_hosts or (bool(reaches) and reaches <= allowed)

    def _may_be_plain(self, host: str) -> bool:
        return host in self.private_hosts or (self.allow_loopback and host in ("localhost", "127.0.0.1", "::1"))


def is_address(host: str) -> bool:
    """Whether a host is an address, not a name."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


class _Transport(httpx2.AsyncHTTPTransport):
    """The library's own, over connections of ours."""

    def __init__(self, clients: HttpClients) -> None:
        super().__init__(verify=clients.tls)
        self._pool = httpcore2.AsyncConnectionPool(clients.tls, network_backend=_JudgingBackend(clients))


class _JudgingBackend(httpcore2.AnyIOBackend):
    """Connects to the very address that was judged; TLS still asks for the name."""

    def __init__(self, clients: HttpClients) -> None:
        self._clients = clients

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (the library's signature)
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Raises ConnectError, ConnectTimeout and RefusedAddressError."""
        *earlier, last = await self._clients.addresses_of(host, port)
        for address, its_port in earlier:
            try:
                return await super().connect_tcp(address, its_port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
        return await super().connect_tcp(*last, timeout, local_address, socket_options)
