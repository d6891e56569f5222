"""A person's pages are made a few at a time: some of them ask servers, which may take long to answer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

import anyio

from resource_server.web.problems import too_many_at_once

AT_ONCE, PATIENCE_SECONDS = 6, 5.0
"""So many of one person, and so long a further one waits for its turn."""


class Turns:
    """Of everybody, in one process."""

    def __init__(self) -> None:
        self._of: WeakValueDictionary[str, anyio.CapacityLimiter] = WeakValueDictionary()

    @asynccontextmanager
    async def of(self, user_id: str) -> AsyncIterator[None]:
        """One page of this person. Raises PageProblem 429."""
        turns = self._of.setdefault(user_id, anyio.CapacityLimiter(AT_ONCE))
        page = object()
        with anyio.move_on_after(PATIENCE_SECONDS) as waiting:
            await turns.acquire_on_behalf_of(page)
        if waiting.cancelled_caught:
            raise too_many_at_once()
        try:
            yield
        finally:
            turns.release_on_behalf_of(page)
