"""How a hostile or broken server answers; each is a script for `DocumentHost.answer`."""

import asyncio

from tests.document_host import Script, proper_answer

LONG = 60.0


def redirect_to(url: str, status: int = 302) -> Script:
    """Sends the client elsewhere."""
    return proper_answer(b"", status, location=url)


async def never_answer(_writer: asyncio.StreamWriter) -> None:
    """Takes the request and says nothing."""
    await asyncio.sleep(LONG)


async def dribble(writer: asyncio.StreamWriter) -> None:
    """Promises little and sends it one byte at a time, far apart, so that no pause is ever long."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    while not writer.is_closing():
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.02)


async def interim_answers_for_ever(writer: asyncio.StreamWriter) -> None:
    """102 and again 102: answers that only announce an answer (RFC 9110 §15.2)."""
    while not writer.is_closing():
        writer.write(b"HTTP/1.1 102 Processing\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(0.001)


def after_interim_answers(number: int, answer: Script) -> Script:
    """Announces an answer so many times before it gives it."""

    async def write(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 103 Early Hints\r\n\r\n" * number)
        await answer(writer)

    return write


async def endless_headers(writer: asyncio.StreamWriter) -> None:
    """A head that never ends."""
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while not writer.is_closing():
        writer.write(b"X-More: " + b"y" * 8000 + b"\r\n")
        await writer.drain()
        await asyncio.sleep(0.001)


def in_chunks(body: bytes) -> Script:
    """A proper answer that does not announce how long it is."""

    async def write(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for part in (body[:1000], body[1000:]):
            writer.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
        writer.write(b"0\r\n\r\n")

    return write


def byte_by_byte(body: bytes) -> Script:
    """A proper answer in which each byte has a chunk of its own, six times its size."""

    async def write(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        writer.write(b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n")

    return write


async def endless_body(writer: asyncio.StreamWriter) -> None:
    """Chunks without an end, and no length announced."""
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while not writer.is_closing():
        writer.write(b"1000\r\n" + b"z" * 0x1000 + b"\r\n")
        await writer.drain()
        await asyncio.sleep(0.001)


async def cut_short(writer: asyncio.StreamWriter) -> None:
    """Announces more than it sends before it hangs up."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}")
    writer.close()


async def no_http(writer: asyncio.StreamWriter) -> None:
    """Speaks something else."""
    writer.write(b"SSH-2.0-OpenSSH_9.9\r\n")
    writer.close()
