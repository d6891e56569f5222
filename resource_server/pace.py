"""How often a person may do what leaves something behind."""

from resource_server.recent import Recent
from shared.clock import epoch, now

SECONDS = 60
REMEMBERED = 10_000


class Pace:
    """At most `limit` times a minute for each person, in this process. Lives on the event loop."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._counts: Recent[str, tuple[int, int]] = Recent(REMEMBERED)

    def admits(self, person: str) -> bool:
        """Counts once more; False from the first that is too much, until the minute is over."""
        minute = epoch(now()) // SECONDS
        last, count = self._counts.get(person) or (minute, 0)
        count = count + 1 if last == minute else 1
        self._counts.put(person, (minute, count))
        return count <= self._limit
