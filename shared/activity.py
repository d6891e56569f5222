"""How often something happens: requests and refusals, counted in memory until the counts are taken; never whose."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from threading import Lock

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.clock import now
from shared.refusals import QUIET, Reason, refusal_sink

MOST = 500
"""Kinds of counts that wait to be taken; of more than that there is no record."""


class Counted(StrEnum):
    """What is counted."""

    CALLS = "calls"
    REFUSALS = "refusals"


@dataclass(frozen=True)
class Count:
    """How often, within the hour that began at `hour`; of calls also how long all of them took together."""

    hour: datetime
    kind: Counted
    reason: str
    count: int
    milliseconds: int = 0


class Activity:
    """The counts of one process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._counts: dict[tuple[datetime, Counted, str], tuple[int, int]] = {}

    def note_call(self, milliseconds: int) -> None:
        """A request was answered."""
        self._add((_this_hour(), Counted.CALLS, ""), 1, milliseconds)

    def note_refusal(self, reason: Reason) -> None:
        """A request was refused; what happens to every connection all the time does not count."""
        if reason not in QUIET:
            self._add((_this_hour(), Counted.REFUSALS, reason.value), 1, 0)

    def take(self) -> list[Count]:
        """Everything since the last time."""
        with self._lock:
            taken, self._counts = self._counts, {}
        return [Count(*key, *numbers) for key, numbers in taken.items()]

    def put_back(self, counts: Iterable[Count]) -> None:
        """What was taken and could not be stored."""
        for count in counts:
            self._add((count.hour, count.kind, count.reason), count.count, count.milliseconds)

    def _add(self, key: tuple[datetime, Counted, str], count: int, milliseconds: int) -> None:
        with self._lock:
            if key in self._counts or len(self._counts) < MOST:
                number, before = self._counts.get(key, (0, 0))
                self._counts[key] = (number + count, before + milliseconds)


class CountRequests:
    """The outermost middleware: counts what is refused, and the requests that are `calls` until their answer begins."""

    def __init__(self, app: ASGIApp, activity: Activity, is_call: Callable[[Scope], bool]) -> None:
        self.app = app
        self.activity = activity
        self.is_call = is_call

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        refusal_sink.set(self.activity.note_refusal)
        begun, is_call = time.perf_counter(), self.is_call(scope)

        async def noticing_start(message: Message) -> None:
            if is_call and message["type"] == "http.response.start":
                self.activity.note_call(round((time.perf_counter() - begun) * 1000))
            await send(message)

        await self.app(scope, receive, noticing_start)


def _this_hour() -> datetime:
    return now().replace(minute=0, second=0, microsecond=0)
