"""Visits of segments, counted beside the answer: a read never waits for a write."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from threading import Lock

from resource_server.memory.rows import microseconds
from resource_server.memory.vault import Connection
from shared.clock import now

MOST_PEOPLE = 1_000
"""Beyond, visits go uncounted until some are written: they are hints, not records."""

COUNT = "UPDATE segments SET visits = visits + :visits, visited_at = :at WHERE number = :number"


class Visits:
    """What retrieval led to, by person, until the next write to that person's vault."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._counted: defaultdict[str, Counter[int]] = defaultdict(Counter)

    def note(self, user_id: str, segments: Iterable[int]) -> None:
        """One visit each."""
        with self._lock:
            if user_id in self._counted or len(self._counted) < MOST_PEOPLE:
                self._counted[user_id].update(set(segments))

    def people(self) -> list[str]:
        """Whose visits wait to be written."""
        with self._lock:
            return [user_id for user_id, counted in self._counted.items() if counted]

    def write(self, connection: Connection, user_id: str) -> None:
        """Within a transaction on that person's vault; a rollback loses them, which harms nobody."""
        with self._lock:
            counted = self._counted.pop(user_id, Counter())
        at = microseconds(now())
        connection.executemany(
            COUNT, [{"visits": visits, "number": number, "at": at} for number, visits in counted.items()]
        )
