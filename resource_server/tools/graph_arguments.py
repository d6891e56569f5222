"""The arguments of the graph tools."""

import re
from typing import Annotated

from pydantic import AfterValidator, AliasChoices, BeforeValidator, Field

from resource_server.memory.graph.records import MAX_DEPTH, MAX_FAN_OUT, MENTIONS, Direction
from resource_server.tools.instants import Begin, End
from resource_server.tools.memory_arguments import Words, decoded

MAX_NAME = 256
MAX_RELATION = 64
MAX_RELATIONS = 20


def relation(name: str) -> str:
    """`Works at`, `works-at` and `WORKS_AT` are one relation."""
    plain = re.sub(r"[\s\-_]+", "_", name.strip()).casefold().strip("_")
    if not plain or re.fullmatch(r"\w+", plain) is None:
        raise ValueError("must be a word or a few, such as works_at")
    return plain


def not_reserved(name: str) -> str:
    """Mentions follow from the text of memories."""
    if name == MENTIONS:
        raise ValueError("must not be mentions, which the server keeps itself")
    return name


Relation = Annotated[
    Words,
    Field(
        max_length=MAX_RELATION,
        validation_alias=AliasChoices("relation", "rel_type", "type"),
        description="How source relates to target, read from left to right: works_at, sister_of, decided_by.",
    ),
    AfterValidator(relation),
    AfterValidator(not_reserved),
]
Relations = Annotated[
    tuple[Annotated[Words, Field(max_length=MAX_RELATION), AfterValidator(relation)], ...],
    Field(
        max_length=MAX_RELATIONS,
        description="Only edges of these relations; mentions is that of a memory to what its text names.",
    ),
    BeforeValidator(lambda value: [value] if isinstance(value, str) and not value.startswith("[") else decoded(value)),
]
Source = Annotated[
    Words,
    Field(
        max_length=MAX_NAME,
        validation_alias=AliasChoices("source", "src_id"),
        description="The id of a memory or entity, the key of a memory, or a name, such as Ada Lovelace.",
    ),
]
Target = Annotated[
    Words,
    Field(
        max_length=MAX_NAME,
        validation_alias=AliasChoices("target", "dst_id"),
        description="What the source is linked to, named in the same ways.",
    ),
]
NodeName = Annotated[
    Words,
    Field(
        max_length=MAX_NAME,
        validation_alias=AliasChoices("node", "id", "node_id"),
        description="The id of a memory or entity, the key of a memory, or the name of an entity.",
    ),
]
OtherNode = Annotated[
    Words | None,
    Field(max_length=MAX_NAME, description="Another node: the answer is then the shortest paths to it."),
]
EntityType = Annotated[
    Words | None,
    Field(max_length=MAX_RELATION, description="What a new name stands for: person, place, organisation, project."),
]
Weight = Annotated[
    float | None,
    Field(ge=0, le=1, allow_inf_nan=False, description="How strong the link is, 0 to 1; a new one has 1."),
]
ValidFrom = Annotated[Begin | None, Field(description="Since when it is true, such as 2026-03-31. Left out: now.")]
ValidTo = Annotated[
    Begin | None, Field(description="Until when it was true: ends the link; its past stays. May be now.")
]
Replaces = Annotated[
    bool,
    Field(
        description="True for what holds one at a time, such as lives_in: ends the source's other links of that kind."
    ),
]
At = Annotated[Begin | None, Field(description="What was true at this instant. Left out: now.")]
AsOf = Annotated[
    End | None, Field(description="What had been saved by then: a date, its end, or an instant. Left out: all.")
]
History = Annotated[bool, Field(description="True shows edges of every time, ended and replaced ones too.")]
FollowedDirection = Annotated[Direction, Field(description="Which way to follow edges.")]
Depth = Annotated[
    int | None,
    Field(
        ge=1,
        le=MAX_DEPTH,
        validation_alias=AliasChoices("depth", "k_hops"),
        description=f"How many steps, 1 to {MAX_DEPTH}. Left out: 1, or {MAX_DEPTH} with to.",
    ),
]
FanOut = Annotated[int, Field(ge=1, le=MAX_FAN_OUT, description=f"Edges followed at each node, 1 to {MAX_FAN_OUT}.")]
MemoryName = Annotated[
    Words,
    Field(
        max_length=MAX_NAME,
        validation_alias=AliasChoices("memory", "id", "key", "node_id"),
        description="The memory: its id, or its key.",
    ),
]
Hops = Annotated[
    int,
    Field(
        ge=1,
        le=3,
        validation_alias=AliasChoices("hops", "depth"),
        description="How many links, or joint uses, lie between at most, 1 to 3.",
    ),
]
TopicType = Annotated[
    Words | None,
    Field(max_length=MAX_RELATION, description="Only names of this type: name, person, domain, email, tag, date."),
]
