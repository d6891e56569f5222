"""The arguments of the tools that look into the past and undo."""

from typing import Annotated

from pydantic import Field

from resource_server.tools.instants import Begin, End
from resource_server.tools.memory_arguments import MAX_KEY, Words

Since = Annotated[Begin, Field(description="From when on: a date or an instant (ISO).")]
Until = Annotated[End | None, Field(description="Until when: a date, its end, or an instant. Left out: now.")]
AppName = Annotated[
    Words, Field(max_length=MAX_KEY, description="The app: its client_id, or its name as saved_by says.")
]
DryRun = Annotated[
    bool, Field(description="True only says what would be undone; false does it once the person has agreed.")
]
ToRestore = Annotated[Words, Field(max_length=64, description="The memory's id, mem_…, as memory_trash gives it.")]
Token = Annotated[
    Words | None,
    Field(
        max_length=512,
        description="The confirmation a first call gave, once the person has agreed. Leave it out before.",
    ),
]
Few = Annotated[int, Field(ge=1, le=50, description="How many of them at most, 1 to 50.")]
