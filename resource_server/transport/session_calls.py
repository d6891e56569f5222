"""Calls within sessions with servers of their own, while they run in this process: none outlives its session."""

from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

import anyio

Result = TypeVar("Result")


class SessionEndedError(Exception):
    """The session was deleted while the call ran; what the tool had done by then is not known."""


@dataclass(frozen=True)
class SessionCalls:
    """Lives on the event loop."""

    _open: defaultdict[str, set[anyio.CancelScope]] = field(default_factory=lambda: defaultdict(set))

    async def run(self, session_id: str, call: Callable[[], Awaitable[Result]]) -> Result:
        """What the call gives; without a session it just runs. Raises SessionEndedError."""
        if not session_id:
            return await call()
        with anyio.CancelScope() as scope:
            self._open[session_id].add(scope)
            try:
                return await call()
            finally:
                self._open[session_id].discard(scope)
                if not self._open[session_id]:
                    del self._open[session_id]
        raise SessionEndedError

    def end(self, session_id: str) -> None:
        """The session is gone, and its calls with it."""
        for scope in tuple(self._open.get(session_id, ())):
            scope.cancel()
