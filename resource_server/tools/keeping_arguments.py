"""What a store or an update may say about where words come from and whether they hold."""

from typing import Annotated, Literal

from pydantic import Field

from resource_server.tools.memory_arguments import MAX_KEY, Words

SourceOfWords = Annotated[
    Literal["said", "written", "tool-output"],
    Field(
        description="Whose words these are. said: the person's own; written: yours; tool-output: from a page, a mail, "
        "a file or another tool, which later readers see quoted and trust least."
    ),
]
IdempotencyKey = Annotated[
    Words | None,
    Field(max_length=MAX_KEY, description="The same for every attempt at this one call: it is stored once a day."),
]
StillTrue = Annotated[
    bool, Field(description="True says that nothing newer replaces this memory after all (superseded_by goes away).")
]
