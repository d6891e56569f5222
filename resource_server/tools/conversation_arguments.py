"""The arguments of the conversation tools."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, AliasChoices, Field

from resource_server.tools.instants import Zone
from resource_server.tools.memory_arguments import MAX_TAG, MetadataObject, Plain, Words
from shared.clock import now

MAX_TURN = 24_000
MAX_CONVERSATION = 256
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=1)
"""Clocks differ, and time zones are forgotten."""


def aware(instant: datetime) -> datetime:
    """Without an offset it is UTC. Refuses what lies in the future or before 1900."""
    known = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant
    if known < EARLIEST or known > now() + AHEAD:
        raise ValueError("must lie between 1900 and now")
    return known.astimezone(UTC)


Instant = Annotated[datetime, AfterValidator(aware)]
UserInput = Annotated[
    Words, Field(max_length=MAX_TURN, description="What the person said, in their own words and unchanged.")
]
AgentResponse = Annotated[Plain, Field(max_length=MAX_TURN, description="What was answered; may be empty.")]
MemoryType = Annotated[
    Words, Field(max_length=MAX_TAG, description="conversation; any other word is kept with the page as a label.")
]
NAMES_OF_CONVERSATION = AliasChoices("conversation", "conversation_id", "session_id")
ConversationName = Annotated[
    Words | None,
    Field(
        max_length=MAX_CONVERSATION,
        validation_alias=NAMES_OF_CONVERSATION,
        description="Which conversation this belongs to; left out, the MCP session is one.",
    ),
]
OneConversation = Annotated[
    Words | None,
    Field(
        max_length=MAX_CONVERSATION,
        validation_alias=NAMES_OF_CONVERSATION,
        description="Only this conversation; left out, all of them.",
    ),
]
Timestamp = Annotated[
    Instant | None, Field(description="When it was said, such as 2026-03-01T18:30:00Z; left out, now.")
]
MetaData = Annotated[
    MetadataObject | None,
    Field(
        validation_alias=AliasChoices("meta_data", "metadata"),
        description="Anything else worth keeping, as a JSON object.",
    ),
]
WhoseProfile = Annotated[
    Literal["default"], Field(description="default, which means the person this connection belongs to.")
]
IncludeKnowledge = Annotated[
    bool, Field(description="Also what was said once lately and is not settled yet, each with its page.")
]
TimeRange = Annotated[
    Words,
    Field(
        max_length=32,
        description="last_24h, last_week, last_month, a day such as 2026-03-01, or two days with a colon between.",
    ),
]
Timezone = Annotated[Zone, Field(description="Where a day begins, such as Europe/Vienna.")]
KindFilter = Annotated[
    Words | None,
    Field(
        max_length=32,
        validation_alias=AliasChoices("kind", "event_type"),
        description="Only one kind of memory: note, trait, page (an exchange), chunk (a part of a document).",
    ),
]
Kind = Annotated[
    Literal["note", "trait"],
    Field(description="trait for what holds of the person for long, which their profile tells; note for all else."),
]
