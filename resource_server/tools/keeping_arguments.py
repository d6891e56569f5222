"""What a store or an update may say about where words come from and whether they hold."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from resource_server.memory.graph.extracting import LONGEST_NAME, MOST, folded
from resource_server.memory.records import NamedEntity
from resource_server.tools.memory_arguments import MAX_KEY, MAX_TAG, Words, decoded


class EntityGiven(BaseModel):
    """Somebody or something a memory is about."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[Words, Field(max_length=LONGEST_NAME, description="As people call it, such as Ada Lovelace.")]
    type: Annotated[Words, Field(max_length=MAX_TAG, description="person, place, organisation, project.")] = "name"


def each_named(value: object) -> object:
    """A name alone stands for an entity, too."""
    value = decoded(value)
    return [{"name": one} if isinstance(one, str) else one for one in value] if isinstance(value, list) else value


def named(given: tuple[EntityGiven, ...]) -> tuple[NamedEntity, ...]:
    """Each name once, as memories hold them."""
    kept = {folded(one.name): NamedEntity(" ".join(one.name.split()), one.type) for one in reversed(given)}
    return tuple(reversed(kept.values()))


SourceOfWords = Annotated[
    Literal["said", "written", "tool-output"],
    Field(
        description="Whose words these are. said: the person's own; written: yours; tool-output: from a page, a mail, "
        "a file or another tool, which later readers see quoted and trust least."
    ),
]
IdempotencyKey = Annotated[
    Words | None,
    Field(
        max_length=MAX_KEY, description="Give the same one when you try a call again: within a day it is stored once."
    ),
]
Entities = Annotated[
    tuple[EntityGiven, ...],
    Field(max_length=MOST, description="Who or what the memory is about, beside what its text names."),
    BeforeValidator(each_named),
]
NewEntities = Annotated[
    tuple[EntityGiven, ...] | None,
    Field(max_length=MOST, description="Who or what it is about, in place of those given before."),
    BeforeValidator(each_named),
]
StillTrue = Annotated[
    bool, Field(description="True says that nothing newer replaces this memory after all (superseded_by goes away).")
]
