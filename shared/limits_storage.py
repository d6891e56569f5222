"""Where limits are counted: in this process, and in Redis for all processes that know the same one.

Every admission counts here as well. So a Redis that is gone opens no door: until it has been back for as long as a
limit lasts, whoever missed it also keeps to what it has counted itself.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from typing import TypeVar

import structlog
from limits.storage import RedisStorage
from pydantic import SecretStr
from redis import ConnectionPool, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from shared.clock import now
from shared.moving_windows import MovingWindows

PATIENCE = 0.5
"""Seconds that a request may wait for Redis."""
ASKED_AGAIN = timedelta(seconds=5)
Answer = TypeVar("Answer")
log = structlog.get_logger(__name__)


def open_limits_storage(url: SecretStr | None, namespace: str = "ostiary") -> "MovingWindows | SharedStorage":
    """What a limiter counts in. Two namespaces in one Redis do not meet. Nothing is connected to before it is asked."""
    return SharedStorage(url.get_secret_value(), namespace) if url is not None else MovingWindows()


class SharedStorage(RedisStorage):
    """Counts in Redis and in this process; while Redis does not answer, in this process alone."""

    STORAGE_SCHEME: list[str] = []  # noqa: RUF012  (how the library says that no URL leads here)

    def __init__(self, url: str, namespace: str) -> None:
        pool = ConnectionPool.from_url(
            url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, retry=Retry(NoBackoff(), 1)
        )
        super().__init__(url, connection_pool=pool, key_prefix=namespace)
        self._here = MovingWindows()
        self._lock = Lock()
        self._silent_until: datetime | None = None
        self._last_silence: datetime | None = None

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Whether there is room; what Redis refuses is not counted here."""
        shared = self._of_redis(lambda: super(SharedStorage, self).acquire_entry(key, limit, expiry, amount), True)
        return shared and (self._here.acquire_entry(key, limit, expiry, amount) or not self._was_silent_within(expiry))

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """Start and size of the window; where both count, of the fuller one."""
        here = self._here.get_moving_window(key, limit, expiry)
        shared = self._of_redis(lambda: super(SharedStorage, self).get_moving_window(key, limit, expiry), here)
        return max(here, shared, key=lambda window: window[1]) if self._was_silent_within(expiry) else shared

    def clear(self, key: str) -> None:
        """Forgets one limit."""
        self._here.clear(key)
        self._of_redis(lambda: super(SharedStorage, self).clear(key), None)

    def reset(self) -> int | None:
        """Forgets all of them."""
        self._here.reset()
        return self._of_redis(lambda: super(SharedStorage, self).reset(), None)

    def _of_redis(self, ask: Callable[[], Answer], otherwise: Answer) -> Answer:
        """Its answer; `otherwise` while it has none, and for some seconds after that."""
        if self._silent_until is not None and now() < self._silent_until:
            return otherwise
        try:
            answer = ask()
        except RedisError as cause:
            self._note(type(cause).__name__)
            return otherwise
        if self._silent_until is not None:
            self._note(None)
        return answer

    def _was_silent_within(self, seconds: int) -> bool:
        return self._last_silence is not None and now() - self._last_silence < timedelta(seconds=seconds)

    def _note(self, error: str | None) -> None:
        """One line when it falls silent, one when it speaks again. Its address may hold a password and is not told."""
        with self._lock:
            was_silent = self._silent_until is not None
            self._silent_until = now() + ASKED_AGAIN if error is not None else None
            self._last_silence = now()
        if error is not None and not was_silent:
            log.warning("redis_is_silent", error=error, limits="counted by each process alone")
        elif error is None and was_silent:
            log.info("redis_is_back", limits="counted together")
