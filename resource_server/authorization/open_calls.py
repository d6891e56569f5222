"""Calls and streams in flight, by grant: none outlives its token or its grant."""

from collections import defaultdict
from collections.abc import Awaitable, Callable

import anyio

from shared.clock import now


class OpenCalls:
    """Lives on the event loop; `end` is called from the change feed on the same loop."""

    def __init__(self) -> None:
        self._open: defaultdict[str, set[anyio.CancelScope]] = defaultdict(set)
        self._streams: set[anyio.CancelScope] = set()

    async def run(
        self, call: Callable[[], Awaitable[None]], grant_id: str, expires_at: int, *, is_endless: bool = False
    ) -> bool:
        """Runs `call` until the second `expires_at` at most; False when it was cut short.

        One that `is_endless` waits for news as long as it may, and is no work to be finished.
        """
        left = expires_at - now().timestamp()
        with anyio.CancelScope(deadline=anyio.current_time() + left) as scope:
            self._open[grant_id].add(scope)
            if is_endless:
                self._streams.add(scope)
            try:
                await call()
            finally:
                self._close(grant_id, scope)
        return not scope.cancelled_caught

    def end(self, grant_id: str) -> None:
        """The grant was revoked: everything it has open ends now."""
        for scope in tuple(self._open.get(grant_id, ())):
            scope.cancel()

    def end_streams(self) -> None:
        """The process ends: clients whose stream closes open another at its successor."""
        for scope in tuple(self._streams):
            scope.cancel()

    def _close(self, grant_id: str, scope: anyio.CancelScope) -> None:
        self._streams.discard(scope)
        self._open[grant_id].discard(scope)
        if not self._open[grant_id]:
            del self._open[grant_id]
