"""How far back charts and series go, and how much time one of their points stands for."""

from datetime import datetime, timedelta
from enum import StrEnum

from shared.clock import now


class Span(StrEnum):
    """A day by hours, or a fortnight by days, in UTC."""

    DAY = "day"
    """24 hours, hour by hour."""
    FORTNIGHT = "fortnight"
    """14 days, day by day."""

    @property
    def step(self) -> timedelta:
        """What one point stands for."""
        return timedelta(hours=1) if self is Span.DAY else timedelta(days=1)

    @property
    def starts(self) -> list[datetime]:
        """When each point begins, oldest first; the last one is not over yet."""
        hour = now().replace(minute=0, second=0, microsecond=0)
        last = hour if self is Span.DAY else hour.replace(hour=0)
        return [last - self.step * back for back in reversed(range(24 if self is Span.DAY else 14))]

    @property
    def unit(self) -> str:
        """What the points of a chart are."""
        return "Hour (UTC)" if self is Span.DAY else "Day (UTC)"

    def label(self, start: datetime) -> str:
        """Under a point."""
        return f"{start:%H}:00" if self is Span.DAY else f"{start.day} {start:%b}"
