"""HTTP connections that all calls share: judged addresses alone, no cookies, no redirects (RFC 6890)."""

from collections.abc import Mapping
from socket import AF_INET, AF_INET6, AI_NUMERICHOST

import aiohttp
import anyio
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from resource_server.gateway.http_clients import HttpClients, RefusedAddressError, is_address
from resource_server.gateway.limits import Limits
from resource_server.recent import Recent

IDLE_SECONDS = 4.0
"""Servers mostly close what is idle after five: a request on its way to a closed connection would be lost."""
MOST_URLS = 1_000
HEADERS_OF_OURS = frozenset({"Accept", "Accept-Encoding", "User-Agent", "Content-Type"})


class Connections:
    """Of one process; opened by the first call."""

    def __init__(self, clients: HttpClients) -> None:
        self._clients = clients
        self._session: aiohttp.ClientSession | None = None
        self._judged: Recent[str, URL] = Recent(MOST_URLS)
        self._opening = anyio.Lock()

    async def post(self, url: URL, body: bytes, headers: Mapping[str, str], seconds: float) -> aiohttp.ClientResponse:
        """The answer, when its head is there. Raises what aiohttp raises, and RefusedAddressError."""
        session = self._session or await self._open()
        timeout = aiohttp.ClientTimeout(total=seconds, connect=self.limits.connect_seconds)
        with anyio.fail_after(self.limits.first_byte_seconds):
            return await session.post(url, data=body, headers=headers, timeout=timeout, allow_redirects=False)

    @property
    def limits(self) -> Limits:
        """What every server is held to."""
        return self._clients.limits

    def judged(self, url: str) -> URL:
        """The URL as it is asked. Raises RefusedAddressError."""
        if (known := self._judged.get(url)) is None:
            known = URL(url)
            self.check(known)
            self._judged.put(url, known)
        return known

    def check(self, url: URL) -> None:
        """Raises RefusedAddressError. An address is connected to as it is; a name is judged when it is resolved."""
        host = url.host or ""
        if not is_address(host) and (":" in host or host.replace(".", "").isdigit()):
            raise RefusedAddressError(f"{host} is no address.")  # the library would take it for one
        self._clients.check(str(url))

    async def close(self) -> None:
        """Ends all of them."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _open(self) -> aiohttp.ClientSession:
        async with self._opening:
            if self._session is None:
                tls = await anyio.to_thread.run_sync(lambda: self._clients.tls)
                connector = aiohttp.TCPConnector(
                    limit=0, ssl=tls, resolver=_JudgingResolver(self._clients), keepalive_timeout=IDLE_SECONDS
                )
                self._session = aiohttp.ClientSession(
                    connector=connector,
                    cookie_jar=aiohttp.DummyCookieJar(),
                    auto_decompress=False,
                    trust_env=False,
                    skip_auto_headers=HEADERS_OF_OURS,
                )
            return self._session


class _JudgingResolver(AbstractResolver):
    """Gives the very addresses that were judged; TLS still asks for the name."""

    def __init__(self, clients: HttpClients) -> None:
        self._clients = clients

    async def resolve(self, host: str, port: int = 0, family: int = AF_INET) -> list[ResolveResult]:  # noqa: ARG002 (both families are tried)
        """Raises RefusedAddressError."""
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=its_port,
                family=AF_INET6 if ":" in address else AF_INET,
                proto=0,
                flags=AI_NUMERICHOST,
            )
            for address, its_port in await self._clients.addresses_of(host, port)
        ]

    async def close(self) -> None:
        """Nothing is kept."""
