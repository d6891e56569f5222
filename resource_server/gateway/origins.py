"""What another server answers says whose it is: data of a third party, and no instruction of the person's."""

from collections.abc import Mapping
from typing import Any

ORIGIN = "ostiary/origin"
"""In `_meta` (MCP, general fields). The text of an answer is never changed, nor anything else in it."""


def marked(result: Mapping[str, Any], server: str) -> dict[str, Any]:
    """The result, with the server that gave it; what it may have said of that itself is replaced."""
    meta = result.get("_meta")
    said = meta if isinstance(meta, dict) else {}
    return {**result, "_meta": {**said, ORIGIN: {"server": server, "trust": "third-party"}}}
