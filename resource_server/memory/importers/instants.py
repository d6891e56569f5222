"""Instants as other products write them: seconds since 1970, ISO 8601, or a date and a time with a space."""

import math
from datetime import UTC, datetime
from typing import Any

MILLISECONDS = 10**11
"""Larger numbers are no seconds: they would lie beyond the year 5000."""


def instant_of(value: Any) -> datetime | None:
    """The instant, without a zone where none is said; None for what is none."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return _from_number(value)
    return _from_text(value) if isinstance(value, str) else None


def _from_number(value: float) -> datetime | None:
    if not math.isfinite(value) or value <= 0:
        return None
    try:
        return datetime.fromtimestamp(value / 1000 if value > MILLISECONDS else value, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _from_text(value: str) -> datetime | None:
    try:
        return datetime.fromisoformat(value.strip())
    except ValueError:
        return None
