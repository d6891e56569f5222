"""Imported records as memories may be: text without broken characters, long texts in parts, all within the bounds."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, tzinfo

from pydantic import JsonValue

from resource_server.memory.importers.imported import Imported
from resource_server.memory.importers.material import LeftOut

LONGEST_TEXT = 50_000
LONGEST_KEY = 256
LONGEST_TAG = 64
MOST_TAGS = 50
LARGEST_METADATA = 16 * 1024
DEEPEST = 8
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


def fitted(record: Imported, zone: tzinfo) -> Iterator[Imported | LeftOut]:
    """The record as one memory or, where it is too long for one, as several; an empty one is left out."""
    text = clean(record.text).strip()
    if not text:
        yield LeftOut(record.where, "it has no text")
        return
    parts = list(_parts(text))
    whole = _bounded(record, zone)
    for number, part in enumerate(parts, 1):
        one = replace(whole, text=part)
        if len(parts) > 1:
            one = replace(one, metadata={**whole.metadata, "part": number, "parts": len(parts)})
        yield one if number == 1 else replace(one, key=None, name=None, edges=())


def _bounded(record: Imported, zone: tzinfo) -> Imported:
    return replace(
        record,
        happened_at=_aware(record.happened_at, zone),
        updated_at=_aware(record.updated_at, zone),
        key=_key(record.key),
        tags=_tags(record.tags),
        importance=min(max(float(record.importance), 0.0), 1.0),
        metadata=_metadata(record),
        conversation=clean(record.conversation)[:LONGEST_KEY] if record.conversation else None,
    )


def clean(text: str) -> str:
    """Without zero characters; half of a surrogate pair becomes the sign for what cannot be shown."""
    return text.replace("\0", "").encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def _parts(text: str) -> Iterator[str]:
    """Cut where a paragraph ends, or a line, or a word; never inside one unless it is longer than a memory."""
    while len(text) > LONGEST_TEXT:
        cut = next((at for mark in ("\n\n", "\n", " ") if (at := text.rfind(mark, 1, LONGEST_TEXT)) > 0), LONGEST_TEXT)
        if head := text[:cut].strip():
            yield head
        text = text[cut:].strip()
    if text:
        yield text


def _aware(instant: datetime | None, zone: tzinfo) -> datetime | None:
    if instant is None:
        return None
    try:
        aware = (instant if instant.tzinfo else instant.replace(tzinfo=zone)).astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    return aware if EARLIEST <= aware < LATEST else None


def _key(key: str | None) -> str | None:
    fitting = clean(key).strip() if key else ""
    return fitting if 0 < len(fitting) <= LONGEST_KEY else None


def _tags(tags: tuple[str, ...]) -> tuple[str, ...]:
    clean_ones = (clean(tag).strip()[:LONGEST_TAG].strip() for tag in tags)
    return tuple(dict.fromkeys(tag for tag in clean_ones if tag))[:MOST_TAGS]


def _metadata(record: Imported) -> dict[str, JsonValue]:
    """What fits, the small values before the large ones; the names of what does not are kept."""
    given = dict(record.metadata)
    if record.key and _key(record.key) is None:
        given["key"] = record.key
    said_of = {name: _said(value) for name, value in given.items() if value not in (None, "", [], {})}
    sized = sorted(said_of.items(), key=_size)
    kept: dict[str, JsonValue] = {}
    too_large: list[JsonValue] = []
    room = LARGEST_METADATA - 1024
    for name, said in sized:
        room -= len(said.encode()) + len(name.encode()) + 8
        if room > 0:
            kept[clean(name)] = json.loads(said)
        else:
            too_large.append(clean(name)[:LONGEST_TAG])
    if too_large:
        kept["not_kept"] = too_large[:10]
    return kept


def _said(value: JsonValue) -> str:
    """As JSON, without broken characters, NaN or depths that nobody could ask for again."""
    try:
        if _depth(value) >= DEEPEST:
            return json.dumps(clean(json.dumps(value, ensure_ascii=False, default=str)), ensure_ascii=False)
        return json.dumps(_cleaned(value), ensure_ascii=False, allow_nan=False, default=str)
    except (ValueError, RecursionError):
        return json.dumps(clean(str(type(value).__name__)))


def _cleaned(value: JsonValue) -> JsonValue:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [_cleaned(one) for one in value]
    if isinstance(value, dict):
        return {clean(str(name)): _cleaned(one) for name, one in value.items()}
    return value


def _depth(value: object) -> int:
    if not isinstance(value, dict | list):
        return 0
    return 1 + max(map(_depth, value.values() if isinstance(value, dict) else value), default=0)


def _size(named: tuple[str, str]) -> int:
    return len(named[0]) + len(named[1])
