"""A circuit breaker: a server that fails again and again is left alone for a while, then tried by one call."""

from dataclasses import dataclass

FAILURES = 3
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 300.0
"""Seconds; each further failure doubles the pause."""


@dataclass
class Breaker:
    """For one server and person. Times are those of the event loop."""

    failures: int = 0
    tries_at: float = 0.0
    is_probing: bool = False

    @property
    def is_open(self) -> bool:
        """Whether calls are kept back, but for one now and then."""
        return self.failures >= FAILURES

    def seconds_closed(self, at: float) -> float:
        """How long nobody is let through; the first who is, probes, and the others go on waiting."""
        if not self.is_open:
            return 0.0
        if (wait := self.tries_at - at) > 0:
            return wait
        self.tries_at, self.is_probing = at + self._pause(), True
        return 0.0

    def failed(self, at: float) -> None:
        """One more call without an answer; of those that were under way when it opened, none counts any more."""
        if self.is_open and not self.is_probing:
            return
        self.failures, self.is_probing = self.failures + 1, False
        self.tries_at = at + self._pause()

    def worked(self) -> None:
        """The server answers."""
        self.failures, self.tries_at, self.is_probing = 0, 0.0, False

    def _pause(self) -> float:
        return min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(max(0, self.failures - FAILURES), 10))
