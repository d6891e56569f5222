"""A proxy on the loopback that adds a bearer token to each request and changes nothing else.

For clients that cannot send one. Host, Origin, streams and their end pass as they are.
"""

import asyncio
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress

HEAD_END = b"\r\n\r\n"
REPLACED = (b"authorization:", b"connection:")


class TokenProxy:
    """Listens on a free port from `with` to its end, in a thread of its own."""

    def __init__(self, target_port: int, token: str) -> None:
        self.port = 0
        self._target_port = target_port
        self._token = token
        self._loop = asyncio.new_event_loop()
        self._ending = asyncio.Event()
        self._listening = threading.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=[self._serve()], daemon=True)

    def __enter__(self) -> "TokenProxy":
        self._thread.start()
        assert self._listening.wait(10)
        return self

    def __exit__(self, *_failure: object) -> None:
        self._loop.call_soon_threadsafe(self._ending.set)
        self._thread.join()
        self._loop.close()

    async def _serve(self) -> None:
        connections: set[asyncio.Task[None]] = set()

        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.create_task(forward(reader, writer, self._target_port, self._with_token))
            connections.add(task)
            task.add_done_callback(connections.discard)

        async with await asyncio.start_server(accept, "127.0.0.1", 0) as server:
            self.port = server.sockets[0].getsockname()[1]
            self._listening.set()
            await self._ending.wait()
        for task in list(connections):
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
        await asyncio.sleep(0)  # lets transports that were closed say so

    def _with_token(self, head: bytes) -> bytes:
        request_line, *fields = head.removesuffix(HEAD_END).split(b"\r\n")
        kept = [field for field in fields if not field.lower().startswith(REPLACED)]
        added = [b"Authorization: Bearer " + self._token.encode(), b"Connection: close"]
        return b"\r\n".join([request_line, *added, *kept]) + HEAD_END


async def forward(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, target_port: int, changed: Callable[[bytes], bytes]
) -> None:
    """One connection, one request, its head `changed`: both sides are told so, and no body needs to be understood."""
    try:
        head = await reader.readuntil(HEAD_END)
        inside_reader, inside_writer = await asyncio.open_connection("127.0.0.1", target_port)
    except (asyncio.IncompleteReadError, OSError):
        writer.close()
        return
    inside_writer.write(changed(head))
    ways = {asyncio.create_task(pump(reader, inside_writer)), asyncio.create_task(pump(inside_reader, writer))}
    try:
        # Whoever leaves first ends the other: a client that goes away is the signal to cancel.
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        writer.close()
        inside_writer.close()


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Passes on what comes, as it comes, until it ends."""
    try:
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
    except OSError:
        return


async def closed(writers: Iterable[asyncio.StreamWriter]) -> None:
    """Ends these connections before the event loop ends: one left open would fail some later test."""
    for writer in writers:
        writer.transport.abort()
    for writer in writers:
        with suppress(OSError):
            await writer.wait_closed()
