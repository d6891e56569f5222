"""One long poll that learns which grants were edited or revoked, so that the next call sees it."""

import time
from collections.abc import Callable
from datetime import timedelta

import anyio
import structlog

from resource_server.authorization.auth_client import AuthClient, Changes, Erasure
from resource_server.authorization.errors import UnavailableError
from resource_server.authorization.grants import Grants
from shared.clock import now

LONGEST_WAIT = 5
"""Seconds; also how long a laptop that wakes waits for the first news at most."""

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 2.0

log = structlog.get_logger(__name__)


class ChangeFeed:
    """Keeps `grants` true; `on_revoked(grant_id)` is called for each grant that ended, `on_erasures` with every news.

    `on_ended` is called after `on_revoked`, for who keeps something of a grant. None of them waits.

    Whoever is erased has no live grant any more: that is applied first.
    """

    def __init__(self, client: AuthClient, grants: Grants, on_revoked: Callable[[str], None], grace: int) -> None:
        self.on_erasures: Callable[[tuple[Erasure, ...]], None] = lambda _erasures: None
        self.on_ended: Callable[[str], None] = lambda _grant_id: None
        self._client = client
        self._grants = grants
        self._on_revoked = on_revoked
        self._grace = timedelta(seconds=grace)
        self._wait = max(1, min(LONGEST_WAIT, grace // 3))
        self._sequence: int | None = None
        self._is_interrupted = False
        self._heard_at = now() - self._grace * 2
        self._heard_tick = time.monotonic()

    async def run(self) -> None:
        """Listens for ever, after an error again in a moment; each reason is said once until all is well again."""
        pause, said = FIRST_PAUSE, ""
        while True:
            try:
                await self._listen_once()
                if said:
                    log.info("change feed resumed")
                pause, said = FIRST_PAUSE, ""
            except Exception as cause:
                # Whatever went wrong, the feed must go on: without it every call is refused after the grace.
                self._is_interrupted = True
                if (reason := _reason(cause)) != said:
                    log.warning("change feed interrupted", error=type(cause).__name__, reason=reason)
                said = reason
                await anyio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    def is_fresh(self) -> bool:
        """Whether a revocation would have been heard of within the grace.

        Two clocks: one stands still while a laptop sleeps, the other can be set back; neither may hide the silence.
        """
        ticks = timedelta(seconds=time.monotonic() - self._heard_tick)
        return max(now() - self._heard_at, ticks) <= self._grace

    def ensure_fresh(self) -> None:
        """Raises UnavailableError while revocations may have been missed: refuse with 503, not 401."""
        if not self.is_fresh():
            raise UnavailableError("no news of revocations")

    async def _listen_once(self) -> None:
        # After a silence the answer is wanted at once, news or not: it says that there was nothing more to hear.
        wait = self._wait if self.is_fresh() and not self._is_interrupted else 0
        news = await self._client.changes(self._sequence, wait)
        self._doubt(news.sequence)
        self._apply(news)
        self._sequence = news.sequence
        self._is_interrupted = False
        self._heard_at, self._heard_tick = now(), time.monotonic()

    def _doubt(self, sequence: int) -> None:
        """A database taken back from a backup counts from an earlier number, and may have overtaken ours meanwhile."""
        if self._sequence is not None and sequence < self._sequence:
            log.warning("change feed went back", heard=self._sequence, newest=sequence)
            self._grants.begin_anew()
        elif self._sequence is None or self._is_interrupted:
            self._grants.forget()

    def _apply(self, news: Changes) -> None:
        for change in news.changes:
            self._grants.apply(change)
            if change.is_revoked:
                self._on_revoked(change.grant_id)
                self.on_ended(change.grant_id)
        self.on_erasures(news.erasures)


def _reason(cause: Exception) -> str:
    return str(cause) if isinstance(cause, UnavailableError) else "unexpected"
