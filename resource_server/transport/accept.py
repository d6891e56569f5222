"""What a client is ready to read (RFC 9110 §12.5.1; MCP, streamable HTTP)."""

from enum import Enum
from functools import lru_cache

PAGE = "text/html"
JSON = "application/json"
STREAM = "text/event-stream"


class Reads(Enum):
    """The answers a client can take."""

    NOTHING_OURS = ()
    JSON = (JSON,)
    STREAM = (STREAM,)
    BOTH = (JSON, STREAM)


@lru_cache(maxsize=64)
def readable(accept: str | None) -> Reads:
    """A missing Accept, or one that admits anything, is answered as JSON: it comes from hands, not from MCP clients."""
    if not accept or not accept.strip():
        return Reads.JSON
    admitted = {kind for kind, quality in map(_entry, accept.split(",")) if quality > 0}
    json = bool(admitted & {JSON, "application/*"})
    stream = bool(admitted & {STREAM, "text/*"})
    if "*/*" in admitted and not stream:
        return Reads.JSON
    if json and stream:
        return Reads.BOTH
    if json:
        return Reads.JSON
    return Reads.STREAM if stream else Reads.NOTHING_OURS


def prefers_page(accept: str) -> bool:
    """Whether a person's browser asks: a page is named, and before anything that our programs read."""
    qualities: dict[str, float] = {}
    for kind, quality in map(_entry, accept.split(",")):
        qualities[kind] = max(quality, qualities.get(kind, 0.0))
    return qualities.get(PAGE, 0.0) > max(qualities.get(JSON, 0.0), qualities.get(STREAM, 0.0))


def _entry(text: str) -> tuple[str, float]:
    kind, *parameters = (part.strip().lower() for part in text.split(";"))
    quality = next((value for name, _, value in (p.partition("=") for p in parameters) if name.strip() == "q"), "1")
    try:
        return kind, float(quality)
    except ValueError:
        return kind, 1.0
