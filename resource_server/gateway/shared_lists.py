"""Lists of servers in Redis, for as long as they hold: what one process was told, the others need not ask for.

Sealed, so that whoever writes to Redis cannot put words into a tool's description.
"""

import json
import time
from dataclasses import dataclass, field
from typing import Any

import structlog
from pydantic import SecretStr
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from shared.sealing import SealBrokenError, seal, unseal

PATIENCE, ASKED_AGAIN = 0.5, 5.0
"""Seconds that a list may wait for Redis, and for which nobody asks one that was silent."""
MOST_BYTES = 1024 * 1024

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class SharedList:
    """Entries by their names, names that cannot be sent, and for how many seconds more all of it holds."""

    entries: dict[str, Any]
    unsendable: tuple[str, ...]
    seconds: float


@dataclass
class SharedLists:
    """Without a `url` there is nothing in it, and nothing comes into it. `key` seals."""

    url: SecretStr | None
    key: bytes = field(repr=False)
    _redis: Redis | None = None
    _silent_until: float = 0.0

    async def get(self, server_id: str, place: str) -> SharedList | None:
        """What some process was told; None where that is unknown, or does not hold any more."""
        sealed = await self._ask("HGET", _key(server_id), place)
        if not isinstance(sealed, bytes):
            return None
        try:
            found = json.loads(unseal(self.key, sealed, _purpose(server_id, place)))
        except SealBrokenError:
            return None
        left = found["until"] - time.time()
        return SharedList(found["entries"], tuple(found["unsendable"]), left) if left > 0 else None

    async def put(self, server_id: str, place: str, listed: SharedList) -> None:
        """For the other processes."""
        if self.url is None:
            return
        until, unsendable = time.time() + listed.seconds, list(listed.unsendable)
        text = json.dumps({"entries": listed.entries, "unsendable": unsendable, "until": until}).encode()
        if len(text) <= MOST_BYTES:
            await self._ask("HSET", _key(server_id), place, seal(self.key, text, _purpose(server_id, place)))
            await self._ask("EXPIRE", _key(server_id), max(1, int(listed.seconds)))

    async def forget(self, server_id: str) -> None:
        """The server said that its lists changed."""
        await self._ask("DEL", _key(server_id))

    async def close(self) -> None:
        """Nothing is asked any more."""
        if self._redis is not None:
            await self._redis.aclose()

    async def _ask(self, *command: Any) -> Any:
        """None while Redis does not answer: lists are then read as if there were none."""
        if self.url is None or time.monotonic() < self._silent_until:
            return None
        try:
            redis: Any = self._connected(self.url)
            return await redis.execute_command(*command)
        except RedisError as error:
            self._silent_until = time.monotonic() + ASKED_AGAIN
            log.warning("redis_is_silent", error=type(error).__name__, lists="read by each process alone")
            return None

    def _connected(self, url: SecretStr) -> Redis:
        if self._redis is None:
            self._redis = Redis.from_url(
                url.get_secret_value(), socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE,
                retry=Retry(NoBackoff(), 1),
            )  # fmt: skip
        return self._redis


def _key(server_id: str) -> str:
    return f"mcp_tools:{server_id}"


def _purpose(server_id: str, place: str) -> str:
    return f"list of {server_id} at {place}"
