"""Readings under way, each of them once: whoever asks for what is being read waits for the same reading."""

import asyncio
from collections.abc import Callable, Coroutine


class JoinedReadings:
    """Kept in this process, by a name for what is read."""

    def __init__(self) -> None:
        self._readings: dict[str, asyncio.Task[None]] = {}

    async def join(self, name: str, begin: Callable[[], Coroutine[None, None, None]]) -> None:
        """Waits for the reading, which `begin` makes if there is none; who goes away ends it for nobody else.

        Raises what the reading raises, and what `begin` does.
        """
        reading = self._readings.get(name)
        if reading is None:
            reading = asyncio.create_task(begin())
            self._readings[name] = reading
            reading.add_done_callback(lambda done: self._end(name, done))
        await asyncio.shield(reading)

    def _end(self, name: str, reading: asyncio.Task[None]) -> None:
        del self._readings[name]
        if not reading.cancelled():
            reading.exception()  # looked at, so that nobody is told of it when everybody who waited has gone
