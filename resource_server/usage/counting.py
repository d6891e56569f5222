"""Calls, counted in memory until they are taken: what was called and by whom, never what was said."""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from threading import Lock

from shared.clock import now

MOST_KINDS = 20_000
"""So many different rows wait to be taken; of a new kind beyond them there is no record."""

CLASSES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 600_000)
"""Upper bounds of the classes of latency, in milliseconds: each is known to about a factor of two."""


class Outcome(StrEnum):
    """How a call ended."""

    ANSWERED = "answered"
    TOOL_ERROR = "tool error"
    """The tool said that it did not work."""
    FAILED = "failed"
    """There was no answer: the server cannot be reached, or broke the protocol."""


@dataclass(frozen=True)
class UsedTool:
    """Which tool of which server, empty for our own, was called by which app of whom."""

    user_id: str
    client_id: str
    client_name: str
    server: str
    tool: str


@dataclass
class Sums:
    """Of calls that are told together."""

    calls: int = 0
    milliseconds: int = 0
    size_in: int = 0
    size_out: int = 0

    def add(self, other: "Sums") -> None:
        """Both together."""
        self.calls += other.calls
        self.milliseconds += other.milliseconds
        self.size_in += other.size_in
        self.size_out += other.size_out


Kind = tuple[datetime, UsedTool, Outcome, int]


class UseCounts:
    """The counts of one process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._counts: dict[Kind, Sums] = {}

    def note(self, used: UsedTool, outcome: Outcome, seconds: float, size_in: int, size_out: int) -> None:
        """One call has ended."""
        milliseconds = seconds * 1000
        kind = (_this_hour(), used, outcome, latency_class(milliseconds))
        self._add(kind, Sums(1, round(milliseconds), size_in, size_out))

    def take(self) -> dict[Kind, Sums]:
        """Everything since the last time."""
        with self._lock:
            taken, self._counts = self._counts, {}
        return taken

    def put_back(self, counts: Iterable[tuple[Kind, Sums]]) -> None:
        """What was taken and could not be stored."""
        for kind, sums in counts:
            self._add(kind, sums)

    def _add(self, kind: Kind, sums: Sums) -> None:
        with self._lock:
            if (known := self._counts.get(kind)) is not None:
                known.add(sums)
            elif len(self._counts) < MOST_KINDS:
                self._counts[kind] = sums


def latency_class(milliseconds: float) -> int:
    """The upper bound of the class this belongs to."""
    return CLASSES[min(bisect_left(CLASSES, milliseconds), len(CLASSES) - 1)]


def _this_hour() -> datetime:
    return now().replace(minute=0, second=0, microsecond=0)
