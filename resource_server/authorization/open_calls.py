"""Calls and streams in flight, by grant: none outlives its token or its grant."""

from collections import defaultdict
from collections.abc import Awaitable, Callable

import anyio

from shared.clock import now


class OpenCalls:
    """Lives on the event loop; `end` is called from the change feed on the same loop."""

    def __init__(self) -> None:
        self._open: defaultdict[str, set[anyio.CancelScope]] = defaultdict(set)

    async def run(self, call: Callable[[], Awaitable[None]], grant_id: str, expires_at: int) -> bool:
        """Runs `call` until the second `expires_at` at most; False when it was cut short."""
        left = expires_at - now().timestamp()
        with anyio.CancelScope(deadline=anyio.current_time() + left) as scope:
            self._open[grant_id].add(scope)
            try:
                await call()
            finally:
                self._close(grant_id, scope)
        return not scope.cancelled_caught

    def end(self, grant_id: str) -> None:
        """The grant was revoked: everything it has open ends now."""
        for scope in tuple(self._open.get(grant_id, ())):
            scope.cancel()

    def _close(self, grant_id: str, scope: anyio.CancelScope) -> None:
        self._open[grant_id].discard(scope)
        if not self._open[grant_id]:
            del self._open[grant_id]
