"""Turns of a conversation as records: who said it is part of the text, so that a search finds who said what."""

from datetime import datetime
from typing import Any

from pydantic import JsonValue

from resource_server.memory.importers.imported import Imported

TURN = "turn"
SPEAKERS = {"user": "User", "human": "User", "assistant": "Assistant"}


def turn(
    where: str, role: str, text: str, at: datetime | None, conversation: str | None, metadata: dict[str, JsonValue]
) -> Imported:
    """One turn."""
    return Imported(
        f"{SPEAKERS.get(role, role.capitalize())}: {text}" if text.strip() else "",
        where,
        at,
        metadata={"role": role, **metadata},
        kind=TURN,
        conversation=conversation,
    )


def text_in(value: Any) -> str:
    """A text, or the texts of a list one below the other; what is none is left out."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "\n".join(text for text in map(text_in, value) if text)
    if isinstance(value, dict):
        return text_in(value.get("text")) if value.get("type", "text") == "text" or "text" in value else ""
    return ""


def word(value: Any) -> str | None:
    """A text that says something, or None."""
    return value.strip() or None if isinstance(value, str) else None
