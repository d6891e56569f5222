"""Traits: what the profile holds, one memory an attribute, so that a newer value replaces the older in its history."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from unicodedata import normalize

from pydantic import JsonValue

from resource_server.memory.conversations.statements.reading import Statement
from resource_server.memory.conversations.statements.rules import Attribute
from resource_server.memory.records import TRUST, Draft, Memory, Source

TRAIT = "trait"
"""The kind of such memories."""

SOURCES = "sources"
MOST_SOURCES = 20
LONGEST_KEY = 120
FEELINGS = (Attribute.LIKES, Attribute.DISLIKES)
MANY = (*FEELINGS, Attribute.IS, Attribute.ALLERGIC_TO, Attribute.PREFERS, Attribute.HAS)
"""Attributes with as many values as a person likes; a key of their own each."""


@dataclass(frozen=True)
class Trait:
    """One thing about the person, as a source says it; `said_at` is when, `pages` where."""

    key: str
    attribute: str
    value: str = field(repr=False)
    said_at: datetime
    pages: tuple[str, ...]
    source: Source
    extra: dict[str, JsonValue] = field(default_factory=dict, repr=False)

    @property
    def text(self) -> str:
        """Makes sense without the conversation."""
        return f"{self.attribute}: {self.value}"


def trait_of(statement: Statement, page: Memory) -> Trait:
    """What a page's statement says, believed as far as the page is."""
    extra: dict[str, JsonValue] = {"statement": statement.sentence, "language": statement.language}
    key = _key(statement)
    return Trait(key, statement.label, statement.value, page.happened_at, (page.id,), page.source, extra)


def draft_of(trait: Trait, namespace: str, before: Memory | None) -> Draft | None:
    """What to store over what is known; None where that is newer, or counts for more.

    The same value keeps the instant since when it holds, and gains a source.
    """
    pages = trait.pages
    since = trait.said_at
    if before is not None and _says_the_same(before, trait):
        pages = tuple(dict.fromkeys((*sources_of(before), *pages)))[-MOST_SOURCES:]
        since = min(before.happened_at, since)
        if (pages, since) == (sources_of(before), before.happened_at):
            return None
    elif before is not None and (_last_said(before) > trait.said_at or before.trust > TRUST[trait.source]):
        return None
    last = max(trait.said_at, _last_said(before)) if before is not None and since != trait.said_at else trait.said_at
    metadata: dict[str, JsonValue] = {
        "attribute": trait.attribute,
        "value": trait.value,
        SOURCES: list(pages),
        "said_at": last.isoformat(),
        **trait.extra,
    }
    return Draft(
        namespace, trait.text, trait.key, metadata=metadata, happened_at=since, kind=TRAIT, source=trait.source
    )


def sources_of(trait: Memory) -> tuple[str, ...]:
    """The ids of the pages a trait was read from; none where an app stored it by itself."""
    listed = trait.metadata.get(SOURCES)
    return tuple(one for one in listed if isinstance(one, str)) if isinstance(listed, list) else ()


def slug(text: str) -> str:
    """`Dark  Mode` and `dark mode` are one key."""
    return re.sub(r"[^\w]+", "-", normalize("NFKC", text).casefold()).strip("-")[:LONGEST_KEY]


def _key(statement: Statement) -> str:
    attribute = statement.attribute
    if attribute is Attribute.MY:
        return f"profile.my.{slug(statement.what)}"
    if attribute in FEELINGS:
        return f"profile.feels.{slug(statement.value)}"
    if attribute in MANY:
        return f"profile.{slug(attribute.value)}.{slug(_subject(statement))}"
    return f"profile.{slug(attribute.value)}"


def _subject(statement: Statement) -> str:
    """`two dogs` and `three dogs` are about dogs, `dark mode` and `light mode` about the mode."""
    words = statement.value.split()
    is_counted = statement.attribute is Attribute.HAS
    is_pair = statement.attribute is Attribute.PREFERS and len(words) == 2
    return words[-1] if is_counted or is_pair else statement.value


def _says_the_same(before: Memory, trait: Trait) -> bool:
    return before.kind == TRAIT and slug(before.text) == slug(trait.text)


def _last_said(before: Memory) -> datetime:
    said = before.metadata.get("said_at")
    try:
        at = datetime.fromisoformat(said) if isinstance(said, str) else before.happened_at
    except ValueError:
        return before.happened_at
    return at if at.tzinfo is not None else before.happened_at
