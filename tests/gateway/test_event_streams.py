"""Events of other servers, in whatever pieces they arrive."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from time import perf_counter

import pytest

from resource_server.gateway.fate import TooMuchError
from resource_server.gateway.forwarding.events import messages

MOST = 4 * 1024 * 1024


def read(pieces: Iterable[bytes], most: int = MOST) -> list[bytes]:
    """The data of each message."""

    async def arriving() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    async def collected() -> list[bytes]:
        return [message async for message in messages(arriving(), most)]

    return asyncio.run(collected())


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_a_message_is_the_same_however_it_is_cut(end: bytes, size: int) -> None:
    """WHATWG HTML §9.2.6."""
    lines = (b": ping", b"", b"event: message", b"data: one", b"data: two", b"", b"data:three", b"", b"event: x")
    stream = end.join((*lines, b"data: no", b"", b""))
    assert read(stream[at : at + size] for at in range(0, len(stream), size)) == [b"one\ntwo", b"three"]


def test_an_empty_line_after_crlf_that_was_cut_is_one() -> None:
    assert read([b"data: one\r", b"\n", b"\n"]) == [b"one"]


def test_a_long_event_in_tiny_pieces_costs_what_its_bytes_cost() -> None:
    """So that no server holds up everybody by sending slowly."""
    begun = perf_counter()
    read([b"data: " + b"x" * (MOST - 10_000), *[b"y"] * 5_000])
    assert perf_counter() - begun < 10


def test_a_line_without_end_is_given_up() -> None:
    with pytest.raises(TooMuchError):
        read([b"data: " + b"x" * 600, b"x" * 600], most=1000)
