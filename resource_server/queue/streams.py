"""Redis streams of requests, read in a group: each request goes to one worker, and from a dead one to another.

`mcp_requests` is a stream. Where it is a list, as earlier producers make it, its elements are moved into a stream of
ours, by one command each, and from there on they are the same.
"""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import anyio
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

REQUESTS, RESPONSES, DEAD = "mcp_requests", "mcp_responses", "mcp_dead_letters"
LISTED = "mcp_requests:listed"
GROUP = "ostiary"
BLOCK_MS = 200
"""So soon a request is noticed where there was no stream before."""
TAKEN_AT_ONCE = 100
GONE = ("NOGROUP", "WRONGTYPE", "UNBLOCKED")
"""Somebody removed the stream, and with it the group, or put a list in its place."""

MOVE = """
for _ = 1, tonumber(ARGV[1]) do
  local element = redis.call('LINDEX', KEYS[1], -1)
  if not element then return end
  redis.call('XADD', KEYS[2], '*', 'request', element)
  redis.call('RPOP', KEYS[1])
end
"""
"""Written before it is taken out: where it cannot be written, it stays."""


@dataclass(frozen=True)
class Message:
    """A request as it lies in a stream. `deliveries` says how many workers got it, this one among them."""

    stream: str
    entry_id: str
    fields: dict[str, str] = field(repr=False)
    deliveries: int = 1

    @property
    def name(self) -> str:
        """Of this message and no other."""
        return f"{self.stream} {self.entry_id}"

    @property
    def is_listed(self) -> bool:
        """Whether it came by a list, and is answered by one."""
        return self.stream == LISTED


class RequestStreams:
    """What one worker, by its name, takes out. After `stale` seconds a silent worker is taken for dead."""

    def __init__(self, redis: Redis, worker: str, stale: float) -> None:
        self._redis = redis
        self._worker = worker
        self._stale = stale
        self._claims_at = 0.0
        self._grouped: set[str] = set()

    async def take(self) -> list[Message]:
        """What a dead worker left, or the next request; nothing after a moment without one. Raises RedisError."""
        try:
            return await self._next()
        except ResponseError as error:
            if not str(error).startswith(GONE):
                raise
            self._grouped.clear()
            await anyio.sleep(BLOCK_MS / 1000)  # it may stay so: ours may be of a kind that holds no requests
            return []

    async def _next(self) -> list[Message]:
        streams = await self._streams()
        if time.monotonic() >= self._claims_at:
            self._claims_at = time.monotonic() + self._stale / 3
            for stream in streams:
                if left := await self._claimed(stream):
                    self._claims_at = 0.0  # there may be more
                    return left
        asked: Any = dict.fromkeys(streams, ">")
        found: Any = await self._redis.xreadgroup(GROUP, self._worker, asked, count=1, block=BLOCK_MS)
        return [Message(stream, entry_id, fields) for stream, entries in found for entry_id, fields in entries]

    @asynccontextmanager
    async def kept(self, message: Message) -> AsyncIterator[None]:
        """While the block runs, nobody takes this worker for dead."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._keep, message)
            yield
            tasks.cancel_scope.cancel()

    async def leave(self) -> None:
        """The worker ends. Its name stays where it leaves something for another to take. Raises RedisError."""
        for stream in self._grouped:
            pending: Any = await self._redis.xpending(stream, GROUP)
            if self._worker not in {one["name"] for one in pending["consumers"]}:
                await self._redis.xgroup_delconsumer(stream, GROUP, self._worker)

    async def _streams(self) -> list[str]:
        kind = await self._redis.type(REQUESTS)
        if kind == "list":
            await self._redis.eval(MOVE, 2, REQUESTS, LISTED, str(TAKEN_AT_ONCE))
        streams = [LISTED, *([REQUESTS] if kind == "stream" else [])]
        for stream in streams:
            if stream not in self._grouped:
                await self._make_group(stream)
        return streams

    async def _make_group(self, stream: str) -> None:
        try:
            await self._redis.xgroup_create(stream, GROUP, id="0", mkstream=True)
        except ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):
                raise
        self._grouped.add(stream)

    async def _claimed(self, stream: str) -> list[Message]:
        answer: Any = await self._redis.xautoclaim(
            stream, GROUP, self._worker, min_idle_time=int(self._stale * 1000), count=1
        )
        return [
            Message(stream, entry_id, fields, await self._deliveries(stream, entry_id))
            for entry_id, fields in answer[1]
            if fields
        ]

    async def _deliveries(self, stream: str, entry_id: str) -> int:
        pending = await self._redis.xpending_range(stream, GROUP, min=entry_id, max=entry_id, count=1)
        return int(pending[0]["times_delivered"]) if pending else 1

    async def _keep(self, message: Message) -> None:
        while True:
            await anyio.sleep(self._stale / 3)
            with suppress(RedisError):
                await self._redis.xclaim(
                    message.stream, GROUP, self._worker, min_idle_time=0, message_ids=[message.entry_id], justid=True
                )
