"""What this server keeps of a grant is gone once the change feed says that the grant ended."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import anyio
import structlog

PAUSE = 2.0
"""Seconds before what did not succeed is tried again."""

log = structlog.get_logger(__name__)


@dataclass
class EndedGrants:
    """`forget` are what each keeper of something calls with a grant's id; every one may be called again."""

    forget: Sequence[Callable[[str], None]]
    _ended: dict[str, None] = field(default_factory=dict)
    _news: anyio.Event = field(default_factory=anyio.Event)

    def note(self, grant_id: str) -> None:
        """Called on the event loop, and it does not wait."""
        self._ended[grant_id] = None
        self._news.set()

    async def run(self) -> None:
        """Works for ever."""
        while True:
            await self._news.wait()
            self._news = anyio.Event()
            for grant_id in tuple(self._ended):
                if await self._succeeds(grant_id):
                    self._ended.pop(grant_id, None)
            if self._ended:
                self._news.set()
                await anyio.sleep(PAUSE)

    async def _succeeds(self, grant_id: str) -> bool:
        try:
            for one in self.forget:
                await anyio.to_thread.run_sync(one, grant_id)
        except Exception as cause:
            # The others' turn must come, and this one's again.
            log.warning("ended grant waits", cause=type(cause).__name__)
            return False
        return True
