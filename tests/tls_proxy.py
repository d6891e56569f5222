"""A plain proxy with TLS in front of one port, as a tunnel's end or nginx is: says who asks, and passes bytes on."""

import asyncio
import ssl
import threading

import trustme

from tests.token_proxy import HEAD_END, forward

REPLACED = (b"connection:", b"x-forwarded-")
PEER = "203.0.113.9"


class TlsProxy:
    """`https://localhost:<port>` leads to the loopback's `target_port`; its certificate is of nobody's authority."""

    def __init__(self, target_port: int = 0) -> None:
        self.target_port = target_port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        self.port: int = self._server.sockets[0].getsockname()[1]
        self.url = f"https://localhost:{self.port}"

    def stop(self) -> None:
        """Ends it and every connection through it."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _listen(self) -> asyncio.Server:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        trustme.CA().issue_cert("localhost").configure_cert(tls)
        return await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=tls)

    async def _end(self) -> None:
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0)  # lets transports that were closed say so

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = self._loop.create_task(forward(reader, writer, self.target_port, _said_anew))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _said_anew(head: bytes) -> bytes:
    request_line, *fields = head.removesuffix(HEAD_END).split(b"\r\n")
    kept = [field for field in fields if not field.lower().startswith(REPLACED)]
    added = [b"X-Forwarded-For: " + PEER.encode(), b"X-Forwarded-Proto: https", b"Connection: close"]
    return b"\r\n".join([request_line, *added, *kept]) + HEAD_END
