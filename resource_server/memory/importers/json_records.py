"""Records out of JSON arrays, JSON objects and JSON lines, one at a time; what is broken is reported, not raised."""

import json
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from typing import Any
from zipfile import BadZipFile
from zlib import error as DeflateError  # noqa: N812 (an exception, named as one)

import ijson  # type: ignore[import-untyped]  # carries no types

from resource_server.memory.importers.material import LeftOut, Part
from resource_server.memory.importers.metered import TooLargeError

HEAD = 64 * 1024
Record = dict[str, Any]
BROKEN = (OSError, EOFError, BadZipFile, DeflateError, TooLargeError)


def records(part: Part, prefix: str = "item") -> Iterator[tuple[str, Record] | LeftOut]:
    """The objects of the array at `prefix` (ijson's words: `item` is each element of an array on top)."""
    number = 0
    try:
        with part.open() as stream:
            for item in ijson.items(stream, prefix, use_float=True):
                stream.record_ended()
                number += 1
                yield _placed(f"{part.name} #{number}", item)
    except (ijson.JSONError, UnicodeDecodeError):
        yield LeftOut(part.name, f"the JSON is broken after {number} records; what follows is not read")
    except BROKEN as cause:
        yield LeftOut(part.name, f"it cannot be read beyond {number} records: {_said(cause)}")


def members(part: Part, prefix: str) -> Iterator[tuple[str, Any] | LeftOut]:
    """Names and values of the object at `prefix`; empty means the object on top."""
    try:
        with part.open() as stream:
            for name, value in ijson.kvitems(stream, prefix, use_float=True):
                stream.record_ended()
                yield name, value
    except (ijson.JSONError, UnicodeDecodeError):
        yield LeftOut(part.name, "the JSON is broken; what follows is not read")
    except BROKEN as cause:
        yield LeftOut(part.name, f"it cannot be read whole: {_said(cause)}")


def lines(part: Part) -> Iterator[tuple[str, Record] | LeftOut]:
    """The objects of JSON lines; a broken line costs that line."""
    number = 0
    try:
        with part.open() as stream:
            while True:
                number += 1
                try:
                    line = stream.line()
                except TooLargeError as cause:
                    yield LeftOut(f"{part.name} line {number}", str(cause))
                    continue
                if not line:
                    return
                if line.strip():
                    yield _parsed(f"{part.name} line {number}", line)
    except BROKEN as cause:
        yield LeftOut(part.name, f"it cannot be read beyond line {number}: {_said(cause)}")


def paths_in(part: Part) -> frozenset[str]:
    """Where names stand in the beginning of a JSON file: `item.mapping` for `[{"mapping": …`; empty for other files."""
    found = set()
    with suppress(ijson.JSONError, UnicodeDecodeError, *BROKEN), part.open() as stream:
        for prefix, event, value in ijson.parse(BytesIO(stream.read(HEAD)), multiple_values=True):
            if event == "map_key":
                found.add(f"{prefix}.{value}".lstrip("."))
    return frozenset(found)


def first_line(part: Part) -> Record:
    """The object on the first line that holds anything; empty where it is none."""
    with suppress(*BROKEN), part.open() as stream:
        first = next((line for line in stream.read(HEAD).splitlines() if line.strip()), b"")
        placed = _parsed(part.name, first)
        return {} if isinstance(placed, LeftOut) else placed[1]
    return {}


def _parsed(where: str, line: bytes) -> tuple[str, Record] | LeftOut:
    try:
        return _placed(where, json.loads(line))
    except (ValueError, RecursionError):
        return LeftOut(where, "it is no JSON")


def _placed(where: str, value: object) -> tuple[str, Record] | LeftOut:
    return (where, value) if isinstance(value, dict) else LeftOut(where, "it is no JSON object")


def _said(cause: Exception) -> str:
    return str(cause) if isinstance(cause, TooLargeError) else "the file is damaged"
