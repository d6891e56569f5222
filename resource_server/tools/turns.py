"""Threads in which tools run: THREADS at once, and few enough for one person that nobody else waits for them."""

from collections.abc import Callable
from typing import TypeVar
from weakref import WeakValueDictionary

import anyio

T = TypeVar("T")
THREADS = 32
THREADS_OF_ONE = 8


class Turns:
    """Lives on the event loop."""

    def __init__(self) -> None:
        self._threads = anyio.CapacityLimiter(THREADS)
        self._people: WeakValueDictionary[str, anyio.CapacityLimiter] = WeakValueDictionary()

    async def run(self, user_id: str, call: Callable[[], T]) -> T:
        """What `call` gives, in a thread, once it is the person's turn."""
        own = self._people.get(user_id)
        if own is None:
            own = self._people[user_id] = anyio.CapacityLimiter(THREADS_OF_ONE)
        async with own:
            return await anyio.to_thread.run_sync(call, limiter=self._threads)
