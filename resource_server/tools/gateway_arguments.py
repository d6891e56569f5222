"""The arguments of tools that find tools."""

from typing import Annotated

from pydantic import AliasChoices, BeforeValidator, Field, JsonValue

from resource_server.gateway.pins import MOST_PINS
from resource_server.tools.memory_arguments import MAX_QUERY, Words, decoded
from shared.server_access import SERVER_PATTERN

MOST_FOUND = 20
LONGEST_NAME = 128

Task = Annotated[Words, Field(max_length=MAX_QUERY, description="What the tool should do, in any words.")]
Limit = Annotated[
    int,
    Field(
        ge=1,
        le=MOST_FOUND,
        validation_alias=AliasChoices("limit", "k", "max_results"),
        description=f"How many at most, 1 to {MOST_FOUND}.",
    ),
]
Server = Annotated[
    str | None, Field(pattern=SERVER_PATTERN, description="Only tools of this server; leave out for all.")
]
ToolName = Annotated[
    str, Field(max_length=LONGEST_NAME, description="The tool's whole name, as tools_search gives it.")
]
Names = Annotated[
    tuple[Annotated[str, Field(max_length=LONGEST_NAME)], ...],
    BeforeValidator(decoded),
    Field(max_length=MOST_PINS, description="Whole names of tools, as tools_search gives them."),
]
IsPinned = Annotated[bool, Field(description="False lets the tools go again.")]
Arguments = Annotated[
    dict[str, JsonValue],
    BeforeValidator(decoded),
    Field(description="The tool's arguments, as its input_schema says; leave out where it takes none."),
]
