"""Instants in words, as people say them: "3 minutes ago", "in 5 months"."""

from datetime import datetime, timedelta

from shared.clock import now

UNITS = (
    ("year", timedelta(days=365)),
    ("month", timedelta(days=30)),
    ("day", timedelta(days=1)),
    ("hour", timedelta(hours=1)),
    ("minute", timedelta(minutes=1)),
)


def relative(instant: datetime) -> str:
    """The distance from now in its largest unit, nineteen twentieths counting as a whole."""
    distance = abs(now() - instant)
    for unit, length in UNITS:
        # A little slack, so that what lasts 30 days is not "29 days" away soon after it was chosen.
        count = (distance + length / 20) // length
        if count >= 1:
            phrase = f"{count} {unit}{'s' if count > 1 else ''}"
            return f"{phrase} ago" if instant < now() else f"in {phrase}"
    return "just now" if instant <= now() else "in a moment"


def exact(instant: datetime) -> str:
    """The instant itself, for a tooltip: "21 November 2026, 03:35:27 UTC"."""
    return f"{instant.day} {instant:%B %Y, %H:%M:%S} UTC"


def in_words(seconds: int) -> str:
    """A wait, rounded up: a minute, 5 minutes, an hour, 3 hours."""
    minutes = -(-seconds // 60)
    if minutes < 60:
        return "a minute" if minutes == 1 else f"{minutes} minutes"
    hours = -(-minutes // 60)
    return "an hour" if hours == 1 else f"{hours} hours"
