"""Answers over HTTP that are shaped to be read wrongly: none takes the place of another, or holds up everybody."""

import asyncio
from time import perf_counter

import pytest

from resource_server.gateway.forwarding.http_connection import (
    ConnectionLostError,
    HttpConnection,
    Patience,
    head_of,
)

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
CHUNKED = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n"


class Answering(asyncio.Protocol):
    """A server that sends these bytes at once when a request comes."""

    def __init__(self, sent: bytes) -> None:
        self._sent = sent

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody comes."""
        self._transport = transport

    def data_received(self, _data: bytes) -> None:
        """And asks."""
        assert isinstance(self._transport, asyncio.Transport)
        self._transport.write(self._sent)


async def answered(sent: bytes) -> tuple[bytes, dict[str, str], bool]:
    """Body, headers, and whether another request may follow, where a server sends these bytes."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Answering(sent), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    _, connection = await loop.create_connection(HttpConnection, "127.0.0.1", port)
    try:
        await connection.post(head_of("x", "/", {}, 0), b"", Patience(20, 20))
        body = b"".join([piece async for piece in connection.body()])
        return body, connection.headers, connection.is_free
    finally:
        connection.close()
        server.close()


@pytest.mark.anyio
@pytest.mark.parametrize("sent", [ANSWER, ANSWER + b"\r\n", b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n" + ANSWER])
async def test_an_answer_leaves_its_connection_to_the_next_request(sent: bytes) -> None:
    body, headers, is_free = await answered(sent)
    assert (body, headers["content-type"], is_free) == (b"{}", "application/json", True)


@pytest.mark.anyio
@pytest.mark.parametrize("further", [ANSWER, ANSWER[:30]])
async def test_what_comes_with_an_answer_is_the_answer_to_no_other_request(further: bytes) -> None:
    """RFC 9112 §9.3: connections are shared, so that what lies in one would be read as somebody else's answer."""
    with pytest.raises(ConnectionLostError):
        await answered(ANSWER + further)


@pytest.mark.anyio
async def test_what_follows_a_body_changes_no_header_and_costs_little() -> None:
    """RFC 9110 §6.5.1."""
    begun = perf_counter()
    _, headers, _ = await answered(CHUNKED + b"content-type: text/event-stream\r\n" + b"a: b\r\n" * 200_000 + b"\r\n")
    assert headers["content-type"] == "application/json"
    assert perf_counter() - begun < 5


@pytest.mark.parametrize("value", ["a\r\nb: c", "a\nb", "a\rb", "a\0b"])
def test_no_header_breaks_its_line(value: str) -> None:
    """AS-121."""
    with pytest.raises(ValueError, match="breaks"):
        head_of("host.example", "/mcp", {"x-one": value}, 0)
