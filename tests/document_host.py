"""The web as a test has it: an HTTPS server on loopback that answers for any host name, with an authority of its own.

    host = DocumentHost()
    host.serve("https://claude.ai/oauth/client", {"client_id": "https://claude.ai/oauth/client", ...})
    create_app(settings, host.network)
    host.count("https://claude.ai/oauth/client")

How it misbehaves is in `tests/bad_answers.py`.
"""

import asyncio
import json
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
import trustme

from shared.safe_fetch import Network

Script = Callable[[asyncio.StreamWriter], Awaitable[None]]
"""Writes an answer, be it proper or not."""

PATIENCE = 10.0


@dataclass(frozen=True)
class Received:
    """One request as it arrived; names of headers are in lower case."""

    method: str
    url: str
    headers: dict[str, str]
    connection: int


@dataclass
class Names:
    """What the resolver of the test says; a name without an entry leads to the document host."""

    port: int
    addresses: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)

    async def resolve(self, host: str, port: int) -> list[tuple[str, int]]:  # noqa: ARG002 (the resolver's signature)
        """As a system resolver answers."""
        self.asked.append(host)
        if host in self.unknown:
            raise OSError(f"no such name: {host}")
        return self.addresses.get(host, [("127.0.0.1", self.port)])


class DocumentHost:
    """A server in a thread of its own; `network` leads every name to it, `stop` ends it."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.certified_as: dict[str, str] = {}
        """Names for which the certificate of another name is shown."""
        self._answers: dict[str, Script] = {}
        self.connections = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._authority = trustme.CA()
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(PATIENCE)
        self.port: int = self._server.sockets[0].getsockname()[1]
        self.names = Names(self.port)
        self.network = Network(self.names.resolve, self._trusting())

    def serve(
        self, url: str, document: object, *, status: int = 200, content_type: str = "application/json", **headers: str
    ) -> None:
        """Answers GET `url` with `document`: bytes as they are, else as JSON. `cache_control=…` sets a header."""
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        self.answer(url, proper_answer(body, status, content_type, **headers))

    def answer(self, url: str, script: Script) -> None:
        """Lets `script` answer GET `url`."""
        self._answers[url] = script

    def count(self, url: str) -> int:
        """How often `url` was asked for."""
        return sum(request.url == url for request in self.received)

    def stop(self) -> None:
        """Ends the server and every connection; nobody answers at its port any longer."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(PATIENCE)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()

    async def _listen(self) -> asyncio.Server:
        context = self._context_for("localhost", "127.0.0.1", "::1")
        context.sni_callback = self._choose_certificate
        return await asyncio.start_server(self._serve_connection, "127.0.0.1", 0, ssl=context)

    async def _end(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()
        await asyncio.sleep(0)  # lets transports that were aborted say so

    async def _serve_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        number = self.connections
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                while True:  # as long as the client keeps the connection open
                    request = _parsed(await reader.readuntil(b"\r\n\r\n"), number)
                    self.received.append(request)
                    await self._answer_for(request.url)(writer)
                    await writer.drain()
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    def _answer_for(self, url: str) -> Script:
        """What is served there; a page serves whatever query comes with its address."""
        return self._answers.get(url) or self._answers.get(url.partition("?")[0]) or proper_answer(b"", 404)

    def _choose_certificate(self, connection: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> None:
        if name is None:
            return
        with suppress(UnicodeError):  # for a name that no authority certifies, such as _, it stays localhost's
            connection.context = self._context_for(self.certified_as.get(name, name))

    def _context_for(self, *names: str) -> ssl.SSLContext:
        if names[0] not in self._contexts:
            self._contexts[names[0]] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._authority.issue_cert(*names).configure_cert(self._contexts[names[0]])
        return self._contexts[names[0]]

    def _trusting(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._authority.configure_trust(context)
        return context


def proper_answer(body: bytes, status: int = 200, content_type: str = "application/json", **headers: str) -> Script:
    """An answer as servers give it; `cache_control` stands for Cache-Control."""
    fields = {"Content-Type": content_type, "Content-Length": str(len(body))}
    fields |= {name.replace("_", "-").title(): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())

    async def write(writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 {status} X\r\n{head}\r\n".encode() + body)

    return write


def _parsed(head: bytes, connection: int) -> Received:
    first, *lines = head.decode().strip().split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Received(method, f"https://{headers['host']}{target}", headers, connection)


@pytest.fixture
def document_host() -> Iterator[DocumentHost]:
    """A web of its own for one test."""
    host = DocumentHost()
    yield host
    host.stop()
