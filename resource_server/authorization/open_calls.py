"""Calls and streams in flight, by grant: none outlives its token or its grant."""

import asyncio
import math
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable

from resource_server.authorization.open_call import OpenCall


class OpenCalls:
    """Lives on the event loop; `end` is called from the change feed on the same loop."""

    def __init__(self) -> None:
        self._open: defaultdict[str, set[OpenCall]] = defaultdict(set)
        self._streams: set[OpenCall] = set()
        self._ends: dict[OpenCall, int] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._next_end: float = math.inf  # when the timer rings; one for all, for calls end long before their tokens

    async def run(
        self, call: Callable[[], Awaitable[None]], grant_id: str, expires_at: int, *, is_endless: bool = False
    ) -> bool:
        """Runs `call` until the second `expires_at` at most; False when it was cut short.

        One that `is_endless` waits for news as long as it may, and is no work to be finished.
        """
        with self.one(grant_id, expires_at) as one:
            if is_endless:
                self._streams.add(one)
            await call()
        return not one.was_cut

    def one(self, grant_id: str, expires_at: int) -> OpenCall:
        """One call, to be entered at once; it ends no later than at the second `expires_at`."""
        call = OpenCall(lambda: self._close(grant_id, call))
        self._open[grant_id].add(call)
        self._ends[call] = expires_at
        if expires_at < self._next_end:
            self._ring_at(expires_at)
        return call

    def end(self, grant_id: str) -> None:
        """The grant was revoked: everything it has open ends now."""
        for call in tuple(self._open.get(grant_id, ())):
            call.cancel()

    def end_streams(self) -> None:
        """The process ends: clients whose stream closes open another at its successor."""
        for call in tuple(self._streams):
            call.cancel()

    def _ring_at(self, second: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._next_end = second
        self._timer = asyncio.get_running_loop().call_later(max(0.0, second - time.time()), self._end_expired)

    def _end_expired(self) -> None:
        self._timer, self._next_end = None, math.inf
        at = time.time()
        for call in [call for call, end in self._ends.items() if end <= at]:
            call.cancel()
        if left := [end for end in self._ends.values() if end > at]:
            self._ring_at(min(left))

    def _close(self, grant_id: str, call: OpenCall) -> None:
        del self._ends[call]
        self._streams.discard(call)
        self._open[grant_id].discard(call)
        if not self._open[grant_id]:
            del self._open[grant_id]
