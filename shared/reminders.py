"""What is to be done unless something is over by then: one timer for all of a kind, as most are over long before."""

import asyncio
from collections.abc import Callable
from itertools import count


class Reminders:
    """Of one event loop; each comes after the same `seconds`."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._numbers = count()
        self._open: dict[int, tuple[float, Callable[[], None]]] = {}  # those that come first stand first
        self._timer: asyncio.TimerHandle | None = None

    def add(self, remind: Callable[[], None]) -> int:
        """By this number the reminder is taken back."""
        loop, number = asyncio.get_running_loop(), next(self._numbers)
        self._open[number] = loop.time() + self._seconds, remind
        if self._timer is None:
            self._timer = loop.call_later(self._seconds, self._ring)
        return number

    def discard(self, number: int) -> None:
        """It is over; nothing happens where it was reminded already."""
        self._open.pop(number, None)

    def _ring(self) -> None:
        loop = asyncio.get_running_loop()
        at = loop.time()
        due = [(number, remind) for number, (when, remind) in self._open.items() if when <= at]
        for number, _ in due:
            del self._open[number]
        first = next(iter(self._open.values()), None)
        self._timer = loop.call_at(first[0], self._ring) if first is not None else None
        for _, remind in due:
            remind()
