"""One call under way, which can be ended from outside: its grant or token ends, or its client leaves."""

from collections.abc import Callable
from types import TracebackType

import anyio


class OpenCall:
    """Used in the task that it ends, as `with OpenCall() as call`; a call that was ended leaves the block quietly.

    By a cancel scope, not by cancelling the task: what must not be broken off, such as the renewal of a token, shields
    itself from scopes alone. `is_over` is told when the block is left.
    """

    def __init__(self, is_over: Callable[[], None]) -> None:
        self._is_over = is_over
        self._scope = anyio.CancelScope()
        self._may_not_go_on = False

    def __enter__(self) -> "OpenCall":
        self._scope.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        self._is_over()
        return bool(self._scope.__exit__(kind, error, trace))

    @property
    def was_cut(self) -> bool:
        """Whether it was broken off because it may not go on."""
        return self._may_not_go_on and self._scope.cancelled_caught

    def cancel(self) -> None:
        """It may not go on."""
        self._may_not_go_on = True
        self._scope.cancel()

    def leave(self) -> None:
        """Nobody waits for its answer any more."""
        self._scope.cancel()
