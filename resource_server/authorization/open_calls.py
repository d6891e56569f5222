"""Calls and streams in flight, by grant: none outlives its token or its grant."""

import asyncio
import math
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable

import anyio

from resource_server.authorization.open_call import OpenCall

Ended = anyio.CancelScope | OpenCall
"""What can be cancelled."""


class OpenCalls:
    """Lives on the event loop; `end` is called from the change feed on the same loop."""

    def __init__(self) -> None:
        self._open: defaultdict[str, set[Ended]] = defaultdict(set)
        self._streams: set[Ended] = set()
        self._ends: dict[Ended, int] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._next_end: float = math.inf  # when the timer rings; one for all, for calls end long before their tokens

    async def run(
        self, call: Callable[[], Awaitable[None]], grant_id: str, expires_at: int, *, is_endless: bool = False
    ) -> bool:
        """Runs `call` until the second `expires_at` at most; False when it was cut short.

        One that `is_endless` waits for news as long as it may, and is no work to be finished.
        """
        with anyio.CancelScope() as scope:
            self._begin(scope, grant_id, expires_at)
            if is_endless:
                self._streams.add(scope)
            try:
                await call()
            finally:
                self._close(grant_id, scope)
        return not scope.cancelled_caught

    def one(self, grant_id: str, expires_at: int) -> OpenCall:
        """One call, to be entered at once; it ends no later than at the second `expires_at`."""
        call = OpenCall(lambda: self._close(grant_id, call))
        self._begin(call, grant_id, expires_at)
        return call

    def _begin(self, call: Ended, grant_id: str, expires_at: int) -> None:
        self._open[grant_id].add(call)
        self._ends[call] = expires_at
        if expires_at < self._next_end:
            self._ring_at(expires_at)

    def end(self, grant_id: str) -> None:
        """The grant was revoked: everything it has open ends now."""
        for scope in tuple(self._open.get(grant_id, ())):
            scope.cancel()

    def end_streams(self) -> None:
        """The process ends: clients whose stream closes open another at its successor."""
        for scope in tuple(self._streams):
            scope.cancel()

    def _ring_at(self, second: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._next_end = second
        self._timer = asyncio.get_running_loop().call_later(max(0.0, second - time.time()), self._end_expired)

    def _end_expired(self) -> None:
        self._timer, self._next_end = None, math.inf
        at = time.time()
        for scope in [scope for scope, end in self._ends.items() if end <= at]:
            scope.cancel()
        if left := [end for end in self._ends.values() if end > at]:
            self._ring_at(min(left))

    def _close(self, grant_id: str, scope: Ended) -> None:
        del self._ends[scope]
        self._streams.discard(scope)
        self._open[grant_id].discard(scope)
        if not self._open[grant_id]:
            del self._open[grant_id]
