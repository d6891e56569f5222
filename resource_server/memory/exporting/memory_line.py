"""A line of the kind `memory` as a memory, once everything in it is what it must be."""

from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, JsonValue, ValidationError

from resource_server.memory.graph.extracting import LONGEST_NAME, MOST
from resource_server.memory.importers.fitting import LONGEST_KEY, LONGEST_TAG, LONGEST_TEXT, MOST_TAGS, clean
from resource_server.memory.records import Author, Memory, NamedEntity, Source
from resource_server.memory.rows import AUTHOR
from shared.authorization_details import NAMESPACE_PATTERN

MEMORY_ID = r"^mem_[0-9a-z]{26}$"


class NoMemoryError(ValueError):
    """The line is no memory; the text says what is wrong with it."""


def whole(text: str) -> str:
    """Refuses characters that no text has."""
    if clean(text) != text:
        raise ValueError("must not contain U+0000 or half of a surrogate pair")
    return text


Plain = Annotated[str, AfterValidator(whole)]
Short = Annotated[Plain, Field(max_length=LONGEST_KEY)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class EntityLine(BaseModel):
    """An entity that the writer of a memory named."""

    model_config = ConfigDict(extra="ignore")

    name: Annotated[Plain, Field(max_length=LONGEST_NAME, pattern=r"\S")]
    type: Annotated[Plain, Field(max_length=LONGEST_NAME)] = "name"


class MemoryLine(BaseModel):
    """Members that are not known are left alone: a newer program may have written them."""

    model_config = ConfigDict(extra="ignore")

    id: Annotated[str, Field(pattern=MEMORY_ID)]
    namespace: Annotated[str, Field(pattern=NAMESPACE_PATTERN)]
    key: Short | None = None
    text: Annotated[Plain, Field(min_length=1, max_length=LONGEST_TEXT)]
    tags: Annotated[tuple[Annotated[Plain, Field(max_length=LONGEST_TAG)], ...], Field(max_length=MOST_TAGS)] = ()
    importance: Share = 0.5
    metadata: dict[str, JsonValue] = Field(default_factory=dict)
    created_at: AwareDatetime
    updated_at: AwareDatetime
    expires_at: AwareDatetime | None = None
    deleted_at: AwareDatetime | None = None
    happened_at: AwareDatetime
    client_id: Short = ""
    client_name: Short = ""
    grant_id: Short = ""
    tool: Short = ""
    session_id: Short = ""
    person: Short = ""
    kind: Short = "note"
    conversation: Short | None = None
    source: Source = Source.IMPORTED
    trust: Share = 0.5
    document_id: Short | None = None
    position: int | None = None
    batch: Short | None = None
    superseded_by: Short | None = None
    quarantined_at: AwareDatetime | None = None
    entities: Annotated[tuple[EntityLine, ...], Field(max_length=MOST)] = ()


def memory_from(line: dict[str, Any]) -> Memory:
    """The memory. Raises NoMemoryError."""
    try:
        values = dict(MemoryLine.model_validate(line))
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_input=False)[0]
        raise NoMemoryError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    author = Author(**{name: values.pop(name) for name in AUTHOR})
    values["entities"] = tuple(NamedEntity(**dict(one)) for one in values["entities"])
    return Memory(author=author, **values)
