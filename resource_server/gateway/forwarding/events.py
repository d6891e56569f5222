"""A stream of server-sent events, read as it comes (WHATWG HTML, §9.2.6), each event within bounds."""

from collections.abc import AsyncIterator

from resource_server.gateway.fate import TooMuchError


async def messages(pieces: AsyncIterator[bytes], limit: int) -> AsyncIterator[bytes]:
    """The data of each event of the kind `message`. Raises TooMuchError."""
    data: list[bytes] = []
    kind, size = b"", 0
    async for line in _lines(pieces, limit):
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if not line:
            if data and kind in (b"", b"message"):
                yield b"\n".join(data)
            data, kind, size = [], b"", 0
        elif name == b"data":
            data.append(value)
            size += len(value) + 1
        elif name == b"event":
            kind = value
        if size > limit:
            raise TooMuchError


async def _lines(pieces: AsyncIterator[bytes], limit: int) -> AsyncIterator[bytes]:
    """Lines, whatever ends them: CR, LF or both. Each byte is looked at once, however small the pieces are."""
    begun, ended_by_cr = bytearray(), False
    async for piece in pieces:
        fresh = piece[1:] if ended_by_cr and piece.startswith(b"\n") else piece
        ended_by_cr = piece.endswith(b"\r") if piece else ended_by_cr
        *whole, rest = fresh.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        for line in whole:
            yield bytes(begun) + line
            begun.clear()
        begun += rest
        if len(begun) > limit:
            raise TooMuchError
