"""Messages a line, of a length that is bounded: what is longer is not kept, and told as the answer that it was."""

import json
import re
from collections.abc import Iterator

import mcp_types
from mcp.shared.message import SessionMessage

from resource_server.gateway.fate import NoMessageError, TooMuchError
from resource_server.gateway.parts import MOST_PARTS, parts_in

MOST_SKIPPED = 4
"""A line so many times as long as is taken is one that never ends."""
HEAD, TAIL = 256, 256
ID_AT_HEAD = re.compile(rb'\s*\{\s*(?:"jsonrpc"\s*:\s*"2\.0"\s*,\s*)?"id"\s*:\s*(\d{1,18})\s*,')
ID_AT_TAIL = re.compile(rb'"id"\s*:\s*(\d{1,18})\s*(?:,\s*"jsonrpc"\s*:\s*"2\.0"\s*)?\}\s*\Z')


class MessageLines:
    """Of one stream. A line of `most` bytes is the longest that is kept."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._line = bytearray()
        self._skipped = 0

    def heard(self, chunk: bytes) -> Iterator[SessionMessage | Exception]:
        """The messages that end in this chunk. Raises TooMuchError for a line that does not end."""
        *ends, rest = chunk.split(b"\n")
        for end in ends:
            yield from self._grown(end)
            yield from self._ended()
        yield from self._grown(rest)

    def _grown(self, piece: bytes) -> Iterator[Exception]:
        if self._skipped:
            self._skipped += len(piece)
            self._line = (self._line + piece)[-TAIL:]
            if self._skipped > self._most * MOST_SKIPPED:
                raise TooMuchError
            return
        self._line += piece
        if len(self._line) > self._most:
            self._skipped = len(self._line)
            if (found := ID_AT_HEAD.match(self._line[:HEAD])) is not None:
                yield TooMuchError(int(found[1]))
            self._line = self._line[-TAIL:]

    def _ended(self) -> Iterator[SessionMessage | Exception]:
        line, was_skipped = bytes(self._line), bool(self._skipped)
        self._line, self._skipped = bytearray(), 0
        if was_skipped:
            if (found := ID_AT_TAIL.search(line)) is not None:
                yield TooMuchError(int(found[1]))
        elif parts_in(line) > MOST_PARTS:
            if (found := ID_AT_HEAD.match(line[:HEAD]) or ID_AT_TAIL.search(line[-TAIL:])) is not None:
                yield TooMuchError(int(found[1]))
        elif line.strip():
            yield _parsed(line)


def _parsed(line: bytes) -> SessionMessage | Exception:
    try:
        return SessionMessage(mcp_types.jsonrpc_message_adapter.validate_json(line, by_name=False))
    except ValueError as error:
        request_id = _id_in(line)
        return error if request_id is None else NoMessageError(request_id)


def _id_in(line: bytes) -> int | None:
    """Whose answer a line is that is no message, where that can be told; a request of the server's has a method."""
    try:
        found = json.loads(line)
    except ValueError:
        match = ID_AT_HEAD.match(line[:HEAD])
        return int(match[1]) if match else None
    request_id = found.get("id") if isinstance(found, dict) and "method" not in found else None
    return request_id if isinstance(request_id, int) else None
