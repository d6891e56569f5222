"""A page of conversation: what the person said and what the app answered, as one memory."""

from dataclasses import dataclass, field
from datetime import datetime

from pydantic import JsonValue

from resource_server.memory.records import Draft, Memory, Source

PAGE = "page"
"""The kind of such memories."""

ANSWER = "\n\n> "
"""Stands between the two: Markdown's quotation."""

SAID = "said"
"""In a page's metadata: how many characters of its text are the person's own."""


@dataclass(frozen=True)
class Turn:
    """One exchange. `answer` may be empty; without `happened_at` it happened now."""

    said: str = field(repr=False)
    answer: str = field(repr=False)
    conversation: str | None = None
    happened_at: datetime | None = None
    tags: tuple[str, ...] = field(default=(), repr=False)
    metadata: dict[str, JsonValue] = field(default_factory=dict, repr=False)


def page_draft(namespace: str, turn: Turn, source: Source = Source.SAID, batch: str | None = None) -> Draft:
    """The page as it is stored."""
    text = f"{turn.said}{ANSWER}{turn.answer}" if turn.answer.strip() else turn.said
    return Draft(
        namespace,
        text,
        tags=turn.tags,
        metadata={**turn.metadata, SAID: len(turn.said)},
        happened_at=turn.happened_at,
        kind=PAGE,
        conversation=turn.conversation,
        source=source,
        batch=batch,
    )


def own_words(page: Memory) -> str:
    """What the person said; nothing where the text was changed since, so that it no longer can be told apart."""
    length = page.metadata.get(SAID)
    if page.kind != PAGE or not isinstance(length, int) or isinstance(length, bool):
        return ""
    rest = page.text[length:]
    return page.text[:length] if 0 <= length <= len(page.text) and (not rest or rest.startswith(ANSWER)) else ""
