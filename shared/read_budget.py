"""A connection of which at most so many bytes are read, whatever they are: heads, framing, or the body itself.

A library counts none of the interim answers (RFC 9110 §15.2) that come before the one it waits for.
"""

from collections.abc import Iterable
from ssl import SSLContext

import anyio.lowlevel
import httpcore2


class ReadBudget:
    """Bytes that may still be read."""

    def __init__(self, left: int) -> None:
        self.left = left


class BudgetedBackend(httpcore2.AnyIOBackend):
    """Makes TCP connections that read no more than the budget, all of them together."""

    def __init__(self, budget: ReadBudget) -> None:
        self._budget = budget

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (the library's signature)
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Raises ConnectError and ConnectTimeout."""
        stream = await super().connect_tcp(host, port, timeout, local_address, socket_options)
        return _BudgetedStream(stream, self._budget)


class _BudgetedStream(httpcore2.AsyncNetworkStream):
    """What is read after the handshake counts; a handshake has limits of its own."""

    def __init__(self, stream: httpcore2.AsyncNetworkStream, budget: ReadBudget) -> None:
        self._stream = stream
        self._budget = budget

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 (the library's)
        """Raises RemoteProtocolError when nothing is left of the budget."""
        if self._budget.left <= 0:
            raise httpcore2.RemoteProtocolError("The other side sends more than is read.")
        # What has arrived already is handed over without a pause; others have their turn all the same.
        await anyio.lowlevel.checkpoint()
        data = await self._stream.read(min(max_bytes, self._budget.left), timeout)
        self._budget.left -= len(data)
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 (the library's)
        """As it is."""
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        """As it is."""
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 (the library's signature)
    ) -> httpcore2.AsyncNetworkStream:
        """The stream within, under the same budget."""
        return _BudgetedStream(await self._stream.start_tls(ssl_context, server_hostname, timeout), self._budget)

    def get_extra_info(self, info: str) -> object:
        """As it is."""
        return self._stream.get_extra_info(info)
