"""TLS of connections that calls are passed on over: the name that was asked for, and an authority that is trusted."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import httpx2
import pytest
import trustme

from resource_server.gateway.forwarding.connections import ConnectFailedError, Connections
from resource_server.gateway.http_clients import HttpClients
from shared.safe_fetch import Network
from tests.token_proxy import closed

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
NAME = "server.example"


async def here(_host: str, port: int) -> list[tuple[str, int]]:
    """Every name leads to this computer."""
    return [("127.0.0.1", port)]


@asynccontextmanager
async def listening(authority: trustme.CA) -> AsyncIterator[int]:
    """The port of a server with a certificate for one name; it answers whatever comes."""
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(NAME).configure_cert(tls)

    open_ones: list[asyncio.StreamWriter] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_ones.append(writer)
        with suppress(OSError):
            while await reader.read(65_536):
                writer.write(ANSWER)

    async with await asyncio.start_server(answer, "127.0.0.1", 0, ssl=tls) as server:
        yield server.sockets[0].getsockname()[1]
        await closed(open_ones)


async def status_of(port: int, host: str, trusted: trustme.CA) -> int:
    """What is answered under a name, by whoever trusts this authority."""
    tls = ssl.create_default_context()
    trusted.configure_trust(tls)
    connections = Connections(HttpClients(allow_loopback=True, network=Network(here, tls)))
    place = connections.judged(f"https://{host}:{port}/mcp")
    connection = await connections.post(place, b"{}", {}, 5)
    connection.close()
    return connection.status


@pytest.mark.anyio
async def test_a_certificate_for_the_name_is_taken() -> None:
    authority = trustme.CA()
    async with listening(authority) as port:
        assert await status_of(port, NAME, authority) == 200


@pytest.mark.anyio
async def test_a_certificate_for_another_name_is_refused() -> None:
    """AS-100."""
    authority = trustme.CA()
    async with listening(authority) as port:
        with pytest.raises(ConnectFailedError) as refused:
            await status_of(port, "other.example", authority)
    assert isinstance(refused.value.__cause__, ssl.SSLCertVerificationError)


@pytest.mark.anyio
async def test_a_certificate_of_an_authority_that_nobody_trusts_is_refused() -> None:
    """AS-100."""
    async with listening(trustme.CA()) as port:
        with pytest.raises(ConnectFailedError) as refused:
            await status_of(port, NAME, trustme.CA())
    assert isinstance(refused.value.__cause__, ssl.SSLCertVerificationError)


async def status_over_the_sdk(port: int, host: str, trusted: trustme.CA) -> int:
    """The same over connections that the SDK's clients hold."""
    tls = ssl.create_default_context()
    trusted.configure_trust(tls)
    async with HttpClients(allow_loopback=True, network=Network(here, tls)).make() as client:
        return (await client.get(f"https://{host}:{port}/mcp")).status_code


@pytest.mark.anyio
async def test_the_sdk_takes_no_certificate_but_one_for_the_name_by_who_is_trusted() -> None:
    """AS-100."""
    authority = trustme.CA()
    async with listening(authority) as port:
        assert await status_over_the_sdk(port, NAME, authority) == 200
        for host, trusted in (("other.example", authority), (NAME, trustme.CA())):
            with pytest.raises(httpx2.ConnectError, match="certificate verify failed"):
                await status_over_the_sdk(port, host, trusted)
