"""The arguments memory tools share: what they may hold, how long, and how deep."""

import json
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import AfterValidator, AliasChoices, BeforeValidator, Field, JsonValue
from pydantic.json_schema import SkipJsonSchema

from shared.authorization_details import NAMESPACE_PATTERN, is_namespace

MAX_TEXT = 50_000
MAX_KEY = 256
MAX_QUERY = 4_000
MAX_TAGS = 50
MAX_TAG = 64
MAX_METADATA_BYTES = 16 * 1024
MAX_METADATA_DEPTH = 8
LONGEST_LIFE = 10 * 365 * 24 * 60 * 60


def storable(text: str) -> str:
    """Refuses what is no text: a zero character, or half of a surrogate pair, which no encoding can carry."""
    if "\0" in text:
        raise ValueError("must not contain the character U+0000")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("must not contain half of a surrogate pair")
    return text


def not_blank(text: str) -> str:
    """Refuses white space alone."""
    if not text.strip():
        raise ValueError("must not be empty")
    return text


def decoded(value: object) -> object:
    """Some clients send lists and objects as JSON text."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        raise ValueError("must be a list or an object, not plain text") from None


def distinct(tags: tuple[str, ...]) -> tuple[str, ...]:
    """Each tag once, in the order given."""
    return tuple(dict.fromkeys(tags))


def bounded(metadata: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Refuses metadata that is too long, too deep, or no JSON (NaN, infinity, broken text)."""
    try:
        size = len(json.dumps(metadata, ensure_ascii=False, allow_nan=False).encode())
    except (ValueError, RecursionError):
        raise ValueError("must be JSON without NaN, infinities or broken characters") from None
    if size > MAX_METADATA_BYTES:
        raise ValueError(f"must be at most {MAX_METADATA_BYTES} bytes of JSON, not {size}")
    if _depth(metadata) > MAX_METADATA_DEPTH:
        raise ValueError(f"must be nested at most {MAX_METADATA_DEPTH} deep")
    for text in _texts(metadata):
        storable(text)
    return metadata


def _depth(value: JsonValue) -> int:
    if not isinstance(value, dict | list):
        return 0
    return 1 + max(map(_depth, value.values() if isinstance(value, dict) else value), default=0)


def _texts(value: JsonValue) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from value
        yield from (text for one in value.values() for text in _texts(one))
    elif isinstance(value, list):
        yield from (text for one in value for text in _texts(one))


def slug(namespace: str) -> str:
    """Says in words what the pattern means."""
    if not is_namespace(namespace):
        raise ValueError("must be a lower-case name of letters, digits and hyphens, such as work")
    return namespace


Slug = Annotated[str, AfterValidator(slug)]
Plain = Annotated[str, AfterValidator(storable)]
Words = Annotated[Plain, AfterValidator(not_blank)]
TagList = Annotated[
    tuple[Annotated[Words, Field(max_length=MAX_TAG)], ...],
    Field(max_length=MAX_TAGS),
    BeforeValidator(decoded),
    AfterValidator(distinct),
]
MetadataObject = Annotated[dict[str, JsonValue], BeforeValidator(decoded), AfterValidator(bounded)]

Text = Annotated[
    Words,
    Field(
        max_length=MAX_TEXT,
        validation_alias=AliasChoices("text", "value"),
        description="What to remember, in words that will make sense later without this conversation.",
    ),
]
NewText = Annotated[
    Words | None,
    Field(
        max_length=MAX_TEXT,
        validation_alias=AliasChoices("text", "value"),
        description="The new text; left out, it stays as it is.",
    ),
]
Key = Annotated[Words | None, Field(max_length=MAX_KEY, description="A short name, unique within its namespace.")]
MemoryId = Annotated[Plain | None, Field(max_length=64, description="The memory's id, mem_…, as other tools give it.")]
Namespace = Annotated[
    Slug | None,
    Field(
        json_schema_extra={"pattern": NAMESPACE_PATTERN},
        description="A part of the person's memory: a lower-case name such as work. Left out, all that may be read.",
    ),
]
NamespaceToWrite = Annotated[
    Slug | None,
    Field(
        json_schema_extra={"pattern": NAMESPACE_PATTERN},
        description="Where to save: a lower-case name such as work. Left out: personal, or, where this connection may "
        "write to one other namespace alone, that one.",
    ),
]
Tags = Annotated[TagList, Field(description="Labels to find the memory by.")]
NewTags = Annotated[TagList | None, Field(description="The new labels, in place of the old ones.")]
TagFilter = Annotated[TagList, Field(description="Only memories that carry every one of these labels.")]
Importance = Annotated[
    float, Field(ge=0, le=1, allow_inf_nan=False, description="From 0, a detail, to 1, what matters most.")
]
NewImportance = Annotated[
    float | None, Field(ge=0, le=1, allow_inf_nan=False, description="The new importance, 0 to 1.")
]
Metadata = Annotated[MetadataObject | None, Field(description="Anything else worth keeping, as a JSON object.")]
NewMetadata = Annotated[MetadataObject | None, Field(description="The new metadata, in place of the old.")]
Lifespan = Annotated[
    Literal["persistent", "working"],
    Field(
        description="persistent stays; working is for the task at hand and expires after a day, or after ttl_seconds."
    ),
]
TtlSeconds = Annotated[
    int | None,
    Field(ge=1, le=LONGEST_LIFE, description="Seconds after which the memory expires and goes to the trash."),
]
Query = Annotated[Words, Field(max_length=MAX_QUERY, description="What to look for, in any words.")]
OptionalQuery = Annotated[
    Words | None, Field(max_length=MAX_QUERY, description="What to look for, in any words; give this or key.")
]
Limit = Annotated[
    int,
    Field(
        ge=1,
        le=50,
        validation_alias=AliasChoices("limit", "k", "max_results"),
        description="How many at most, 1 to 50.",
    ),
]
Cursor = Annotated[Plain | None, Field(max_length=64, description="next_cursor of the page before.")]
AgentName = Annotated[
    SkipJsonSchema[Words | None], Field(max_length=MAX_KEY, description="Kept in the metadata, unless it is global.")
]
