"""How an argument names a time: a date or an instant (ISO 8601), in UTC where it says no offset."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from resource_server.tools.memory_arguments import Plain
from shared.clock import now

FIRST_YEAR, LAST_YEAR = 1000, 9000
LONGEST_INSTANT = 40
LONGEST_ZONE = 64
REFUSAL = "must be a date such as 2026-03-01, or an instant such as 2026-03-01T18:30:00Z"

SINCE = "Only what happened from this date or instant on (ISO)."
UNTIL = "Only what happened before this instant, or up to this date."
AS_OF = "What was known then: a date, its end, or an instant."


def is_zone(name: str) -> str:
    """Refuses what is no name of the IANA time zone database."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        raise ValueError("must be a time zone such as UTC or Europe/Berlin") from None
    return name


def instant_of(text: str, timezone: str = "UTC", *, ends: bool = False) -> datetime:
    """In UTC; now is the present. A date, and an instant without offset, is meant in `timezone`; a date may be its end.

    Raises ValueError or OverflowError for anything else.
    """
    if text == "now":
        return now()
    zone = ZoneInfo(timezone)
    try:
        day = date.fromisoformat(text) + timedelta(days=ends)
        found = datetime(day.year, day.month, day.day, tzinfo=zone)
    except ValueError:
        found = datetime.fromisoformat(text)
        found = found.replace(tzinfo=zone) if found.tzinfo is None else found
    return found.astimezone(UTC)


def is_moment(text: str) -> str:
    """Refuses what is neither a date nor an instant."""
    _known(text, ends=False)
    return text


def begins(value: object) -> datetime:
    """The instant that is named; a date begins with its first."""
    return _known(value, ends=False)


def ends(value: object) -> datetime:
    """The instant that is named; a date ends with its last."""
    return _known(value, ends=True)


def _known(value: object, *, ends: bool) -> datetime:
    # Numbers would be seconds since 1970, or milliseconds: nobody can tell.
    if not isinstance(value, str) or len(value) > LONGEST_INSTANT:
        raise ValueError(REFUSAL)
    try:
        found = instant_of(value.strip(), ends=ends)
    except (ValueError, OverflowError):
        raise ValueError(REFUSAL) from None
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise ValueError(REFUSAL)
    return found


AS_TEXT = WithJsonSchema({"type": "string"})
"""Without `format`, which some hosts refuse."""

Begin = Annotated[datetime, BeforeValidator(begins), AS_TEXT]
End = Annotated[datetime, BeforeValidator(ends), AS_TEXT]
Moment = Annotated[Plain, AfterValidator(is_moment)]
"""What a tool reads itself, for it takes a time zone besides."""

Zone = Annotated[Plain, AfterValidator(is_zone), Field(max_length=LONGEST_ZONE)]

Since = Annotated[Begin | None, Field(description=SINCE)]
Until = Annotated[End | None, Field(description=UNTIL)]
AsOf = Annotated[End | None, Field(description=AS_OF)]
