"""One call under way, which can be ended from outside: its grant or token ends, or its client leaves."""

import asyncio


class OpenCall:
    """Used in the task that it ends, as `with OpenCall() as call`; a call that was ended leaves the block quietly."""

    def __init__(self) -> None:
        self.was_cut = False
        self._is_ended = False

    def __enter__(self) -> "OpenCall":
        self._task = asyncio.current_task()
        return self

    def __exit__(self, kind: type[BaseException] | None, _error: object, _trace: object) -> bool:
        task, self._task = self._task, None
        if not self._is_ended or task is None:
            return False
        task.uncancel()
        return kind is asyncio.CancelledError

    def cancel(self) -> None:
        """It may not go on."""
        self.was_cut = True
        self._end()

    def leave(self) -> None:
        """Nobody waits for its answer any more."""
        self._end()

    def _end(self) -> None:
        if self._task is not None and not self._is_ended:
            self._is_ended = True
            self._task.cancel()
