"""How fast a server may speak: who floods waits, and delays nobody else."""

import time

import anyio


class Flow:
    """So many units a second, and at once no more than a second's."""

    def __init__(self, per_second: float) -> None:
        self._per_second = per_second
        self._left = per_second
        self._at = time.monotonic()

    async def take(self, units: float) -> None:
        """Waits until they may pass."""
        at = time.monotonic()
        self._left = min(self._per_second, self._left + (at - self._at) * self._per_second) - units
        self._at = at
        if self._left < 0:
            await anyio.sleep(-self._left / self._per_second)
