"""The arguments of the tools that look into the past and undo."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, Field, WithJsonSchema

from resource_server.tools.memory_arguments import MAX_KEY, TagList, Words

EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)


def aware(instant: datetime) -> datetime:
    """In UTC; without an offset it is meant as UTC. Refuses what no clock of ours ever showed."""
    known = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant
    try:
        known = known.astimezone(UTC)
    except OverflowError:
        raise ValueError("must lie between 1970 and 9000") from None
    if not EARLIEST <= known <= LATEST:
        raise ValueError("must lie between 1970 and 9000")
    return known


Instant = Annotated[datetime, AfterValidator(aware), WithJsonSchema({"type": "string"})]
FORM = "ISO 8601, such as 2026-11-28T15:00:00Z; without an offset it is UTC."

AsOf = Annotated[Instant | None, Field(description=f"Answer as of this instant: {FORM}")]
Since = Annotated[Instant, Field(description=f"From when on: {FORM}")]
Until = Annotated[Instant | None, Field(description=f"Until when; left out, now. {FORM}")]
HappenedSince = Annotated[Instant | None, Field(description=f"Only memories of what happened then or later: {FORM}")]
HappenedUntil = Annotated[Instant | None, Field(description=f"Only memories of what happened before: {FORM}")]
AppName = Annotated[
    Words, Field(max_length=MAX_KEY, description="The app: its client_id, or its name as saved_by says.")
]
WrittenBy = Annotated[
    Words | None, Field(max_length=MAX_KEY, description="Only memories last written by this app: client_id or name.")
]
Kinds = Annotated[TagList, Field(description="Only memories of one of these kinds, such as note.")]
Conversation = Annotated[Words | None, Field(max_length=MAX_KEY, description="Only memories of this conversation.")]
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
