"""Bytes that are counted as they are read: no file and no single record of it can fill the memory."""

from typing import Protocol

LARGEST_FILE = 8 * 2**30
LARGEST_RECORD = 64 * 2**20


class TooLargeError(Exception):
    """More bytes than one may read in a piece; the text says of what."""


class Readable(Protocol):
    """As much of a file as is needed here."""

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` bytes."""
        ...

    def readline(self, size: int = -1, /) -> bytes:
        """A line, or `size` bytes of it."""
        ...


class Metered:
    """Reads on while a record stays small enough; whoever has seen the end of one calls `record_ended`."""

    def __init__(self, raw: Readable) -> None:
        self._raw = raw
        self._total = 0
        self._since = 0

    def read(self, size: int = -1) -> bytes:
        """At most LARGEST_RECORD bytes, even where all are asked for. Raises TooLargeError."""
        wanted = LARGEST_RECORD + 1 if size < 0 else size
        return self._counted(self._raw.read(wanted))

    def line(self) -> bytes:
        """The next line; of one that is too large nothing is kept, and TooLargeError is raised once it is over."""
        self._since = 0
        line = self._raw.readline(LARGEST_RECORD)
        is_whole = line.endswith(b"\n") or len(line) < LARGEST_RECORD
        while not line.endswith(b"\n") and len(line) == LARGEST_RECORD:
            line = self._raw.readline(LARGEST_RECORD)
        if not is_whole:
            raise TooLargeError(f"it is longer than {LARGEST_RECORD // 2**20} MiB")
        return self._counted(line)

    def record_ended(self) -> None:
        """The next record may be as large again."""
        self._since = 0

    def _counted(self, read: bytes) -> bytes:
        self._total += len(read)
        self._since += len(read)
        if self._since > LARGEST_RECORD:
            raise TooLargeError(f"one record is larger than {LARGEST_RECORD // 2**20} MiB")
        if self._total > LARGEST_FILE:
            raise TooLargeError(f"the file is larger than {LARGEST_FILE // 2**30} GiB")
        return read
