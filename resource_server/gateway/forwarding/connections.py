"""HTTP connections that all calls share: judged addresses alone, no cookies, no redirects (RFC 6890)."""

import asyncio
import ssl
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

import anyio
import httpx2

from resource_server.gateway.forwarding.http_connection import ConnectionLostError, HttpConnection, Patience, head_of
from resource_server.gateway.http_clients import HttpClients, RefusedAddressError
from resource_server.gateway.limits import Limits
from resource_server.recent import Recent

IDLE_SECONDS = 4.0
"""Servers mostly close what is idle after five: a request on its way to a closed connection would be lost."""
MOST_IDLE, MOST_URLS = 64, 1_000
PORTS = {"http": 80, "https": 443}


class ConnectFailedError(Exception):
    """Nothing was sent: there is no connection."""


@dataclass(frozen=True)
class Place:
    """Where a request goes. Places with one `origin` share connections."""

    url: str
    origin: tuple[str, str, int]
    authority: str
    target: str


class Connections:
    """Of one process. They hold nothing of whose call it was."""

    def __init__(self, clients: HttpClients) -> None:
        self._clients = clients
        self._judged: Recent[str, Place] = Recent(MOST_URLS)
        self._idle: dict[tuple[str, str, int], deque[tuple[float, HttpConnection]]] = {}
        self._sweeper: asyncio.TimerHandle | None = None

    @property
    def limits(self) -> Limits:
        """What every server is held to."""
        return self._clients.limits

    def judged(self, url: str) -> Place:
        """The URL as it is asked. Raises RefusedAddressError."""
        if (known := self._judged.get(url)) is None:
            self._clients.check(url)
            parts = httpx2.URL(url)
            origin = parts.scheme, parts.host, parts.port or PORTS[parts.scheme]
            known = Place(url, origin, parts.netloc.decode("ascii"), parts.raw_path.decode("ascii"))
            self._judged.put(url, known)
        return known

    def beside(self, place: Place, location: str) -> Place:
        """Where the server sends whoever asks. Raises RefusedAddressError."""
        try:
            there = httpx2.URL(place.url).join(location)
        except (httpx2.InvalidURL, ValueError) as cause:
            raise RefusedAddressError("it sends whoever asks to what is no address") from cause
        if there.scheme not in PORTS:
            raise RefusedAddressError("it sends whoever asks to what is no address")
        return self.judged(str(there))

    async def post(self, place: Place, body: bytes, headers: Mapping[str, str], seconds: float) -> HttpConnection:
        """The connection with the head of its answer; it is given back by `release`.

        Raises RefusedAddressError, ConnectFailedError; once something was sent, ConnectionLostError, TimeoutError.
        """
        head = head_of(place.authority, place.target, headers, len(body))
        connection = self._free(place) or await self._open(place)
        try:
            await connection.post(head, body, Patience(self.limits.first_byte_seconds, seconds))
        except BaseException:
            connection.close()
            raise
        return connection

    def release(self, place: Place, connection: HttpConnection) -> None:
        """The next request may have it, where its answer was read to the end; else it is closed."""
        if not connection.is_free or len(self._idle.get(place.origin, ())) >= MOST_IDLE:
            connection.close()
            return
        self._idle.setdefault(place.origin, deque()).append((asyncio.get_running_loop().time(), connection))
        if self._sweeper is None:
            self._sweeper = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._sweep)

    def close(self) -> None:
        """Ends all that are idle."""
        for idle in self._idle.values():
            for _, connection in idle:
                connection.close()
        self._idle.clear()
        if self._sweeper is not None:
            self._sweeper.cancel()

    def _free(self, place: Place) -> HttpConnection | None:
        """The one used last."""
        idle, oldest = self._idle.get(place.origin), asyncio.get_running_loop().time() - IDLE_SECONDS
        while idle:
            since, connection = idle.pop()
            if since > oldest and connection.is_free:
                return connection
            connection.close()
        return None

    async def _open(self, place: Place) -> HttpConnection:
        """To the first of the addresses that takes it; TLS asks for the name. One that may not be refuses all."""
        scheme, host, port = place.origin
        tls = await anyio.to_thread.run_sync(lambda: self._clients.tls) if scheme == "https" else None
        failure: Exception = ConnectionLostError()
        try:
            async with asyncio.timeout(self.limits.connect_seconds):
                for address, its_port in await self._clients.addresses_of(host, port):
                    try:
                        return await _connected(address, its_port, tls, host)
                    except OSError as error:  # of TLS, too
                        failure = error
        except TimeoutError as error:
            failure = error
        raise ConnectFailedError from failure

    def _sweep(self) -> None:
        self._sweeper = None
        oldest = asyncio.get_running_loop().time() - IDLE_SECONDS
        for origin, idle in list(self._idle.items()):
            while idle and idle[0][0] <= oldest:
                idle.popleft()[1].close()
            if not idle:
                del self._idle[origin]
        if self._idle:
            self._sweeper = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._sweep)


async def _connected(address: str, port: int, tls: ssl.SSLContext | None, host: str) -> HttpConnection:
    loop, name = asyncio.get_running_loop(), host if tls is not None else None
    _, connection = await loop.create_connection(HttpConnection, address, port, ssl=tls, server_hostname=name)
    return connection
