"""What narrows a search: kinds, time, app, conversation, the past; and how long its answer may be."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field

from resource_server.context.caller import ToolError
from resource_server.tools.memory_arguments import MAX_KEY, MAX_TAG, Plain, Words, decoded, distinct

MOST_KINDS = 20
LONGEST_ZONE = 64
LONGEST_INSTANT = 40
FIRST_YEAR, LAST_YEAR = 1000, 9000


def is_zone(name: str) -> str:
    """Refuses what is no name of the IANA time zone database."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        raise ValueError("must be a time zone such as UTC or Europe/Berlin") from None
    return name


def is_moment(text: str) -> str:
    """Refuses what is neither a date nor an instant (ISO 8601)."""
    try:
        found = instant_of(text, "UTC")
    except (ValueError, OverflowError):
        found = None
    if found is None or not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise ValueError("must be a date such as 2026-03-01, or an instant such as 2026-03-01T18:30:00Z")
    return text


def instant_of(text: str, timezone: str, *, ends: bool = False) -> datetime:
    """In UTC. A date, and an instant without offset, is meant in `timezone`; a date `ends` with its last moment."""
    zone = ZoneInfo(timezone)
    try:
        day = date.fromisoformat(text) + timedelta(days=ends)
        found = datetime(day.year, day.month, day.day, tzinfo=zone)
    except ValueError:
        found = datetime.fromisoformat(text)
        found = found.replace(tzinfo=zone) if found.tzinfo is None else found
    return found.astimezone(UTC)


Moment = Annotated[Plain, AfterValidator(is_moment)]
Kinds = Annotated[
    tuple[Annotated[Words, Field(max_length=MAX_TAG)], ...],
    Field(max_length=MOST_KINDS, description="Only memories of one of these kinds, such as note."),
    BeforeValidator(decoded),
    AfterValidator(distinct),
]
Since = Annotated[
    Moment | None,
    Field(max_length=LONGEST_INSTANT, description="Only what happened from this date or instant on (ISO)."),
]
Until = Annotated[
    Moment | None,
    Field(max_length=LONGEST_INSTANT, description="Only what happened before this instant, or up to this date."),
]
Timezone = Annotated[
    Plain,
    AfterValidator(is_zone),
    Field(max_length=LONGEST_ZONE, description="Whose dates since, until and as_of are."),
]
ByApp = Annotated[
    Words | None, Field(max_length=MAX_KEY, description="Only what this app wrote, by its name or client id.")
]
Conversation = Annotated[Words | None, Field(max_length=MAX_KEY, description="Only this conversation.")]
AsOf = Annotated[
    Moment | None, Field(max_length=LONGEST_INSTANT, description="What was known then: a date, its end, or an instant.")
]
MaxTokens = Annotated[
    int | None,
    Field(
        ge=50,
        le=200_000,
        description="The longest answer, in tokens of about four bytes; what no longer fits is named in left_out.",
    ),
]
FoldAlike = Annotated[bool, Field(description="False shows memories that say the same one by one.")]
Explain = Annotated[bool, Field(description="True shows each part of every score.")]


def moments(since: str | None, until: str | None, as_of: str | None, timezone: str) -> dict[str, datetime | None]:
    """The three as instants. Raises ToolError for a range that holds nothing."""
    begins = None if since is None else instant_of(since, timezone)
    ends = None if until is None else instant_of(until, timezone, ends=True)
    if begins is not None and ends is not None and begins >= ends:
        raise ToolError("since must lie before until.")
    return {"since": begins, "until": ends, "as_of": None if as_of is None else instant_of(as_of, timezone, ends=True)}
