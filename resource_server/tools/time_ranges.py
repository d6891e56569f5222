"""A range of time in words: last_24h, last_week, last_month, a day, or two days with a colon between."""

import re
from datetime import datetime, timedelta

from resource_server.context.caller import ToolError
from resource_server.tools.instants import instant_of
from shared.clock import now

LAST = {"last_24h": timedelta(hours=24), "last_week": timedelta(days=7), "last_month": timedelta(days=30)}
DAYS = re.compile(r"(\d{4}-\d\d-\d\d)(?::(\d{4}-\d\d-\d\d))?")
FORMS = "Give last_24h, last_week, last_month, a day such as 2026-03-01, or two days such as 2026-03-01:2026-03-07."


def instants(time_range: str, timezone: str) -> tuple[datetime, datetime]:
    """The first instant, and the one behind the last; days are whole days in the time zone, both ends included."""
    if time_range in LAST:
        return now() - LAST[time_range], now() + timedelta(seconds=1)
    found = DAYS.fullmatch(time_range)
    if found is None:
        raise ToolError(f"Argument 'time_range' is no range of time. {FORMS}")
    try:
        since, until = instant_of(found[1], timezone), instant_of(found[2] or found[1], timezone, ends=True)
    except (ValueError, OverflowError):
        raise ToolError(f"Argument 'time_range' names a day that does not exist. {FORMS}") from None
    if until <= since:
        raise ToolError("Argument 'time_range': the first day lies behind the last.")
    return since, until
