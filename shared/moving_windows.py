"""Moving windows counted in this process: each hit costs the same, however many there were before."""

import time
from collections import deque
from dataclasses import dataclass, field
from threading import Lock

from limits.storage import MemoryStorage

SWEPT_AFTER_SECONDS = 60.0


@dataclass
class _Window:
    """The hits within the last `seconds`, oldest first."""

    seconds: float
    hits: deque[float] = field(default_factory=deque)

    def move_to(self, at: float) -> None:
        """Lets go of what is outside."""
        while self.hits and self.hits[0] < at - self.seconds:
            self.hits.popleft()


class MovingWindows(MemoryStorage):
    """The library's own copies a window again and again, in a thread that it starts for it."""

    STORAGE_SCHEME: list[str] = []  # noqa: RUF012  (how the library says that no URL leads here)

    def __init__(self) -> None:
        super().__init__()
        self._windows: dict[str, _Window] = {}
        self._lock = Lock()
        self._swept_at = time.time()

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """As the library asks for it."""
        return self.admits(key, limit, expiry, amount)

    def admits(self, key: str, limit: int, seconds: int, amount: int = 1) -> bool:
        """Whether there is room for `amount` more within so many seconds; what is refused does not count."""
        at = time.time()
        with self._lock:
            self._sweep(at)
            if (window := self._windows.get(key)) is None:
                window = self._windows[key] = _Window(seconds)
            window.move_to(at)
            if len(window.hits) + amount > limit:
                return False
            window.hits.extend([at] * amount)
            return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:  # noqa: ARG002 (the library's signature)
        """Start and size of the window."""
        at = time.time()
        with self._lock:
            window = self._windows.get(key)
            if window is None:
                return at, 0
            window.move_to(at)
            return (window.hits[0], len(window.hits)) if window.hits else (at, 0)

    def clear(self, key: str) -> None:
        """Forgets one limit."""
        super().clear(key)
        with self._lock:
            self._windows.pop(key, None)

    def reset(self) -> int | None:
        """Forgets all of them; gives how many there were."""
        with self._lock:
            count = len(self._windows)
            self._windows.clear()
        return max(count, super().reset() or 0)

    def _sweep(self, at: float) -> None:
        """Windows without a hit are forgotten, so that no stranger can fill the memory with them."""
        if abs(at - self._swept_at) < SWEPT_AFTER_SECONDS:
            return
        self._swept_at = at
        for key, window in list(self._windows.items()):
            window.move_to(at)
            if not window.hits:
                del self._windows[key]
