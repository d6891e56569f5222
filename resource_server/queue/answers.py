"""Answers: written once for each request, whoever worked on it; and what could not be answered well, set aside.

No token is in any of it.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from redis.asyncio import Redis

from resource_server.queue.requests import QueuedRequest
from resource_server.queue.streams import DEAD, GROUP, RESPONSES, Message

STORED = "mcp_response"
MARK = "mcp_request_seen"
DONE = "done"
MOST_DEAD = 10_000
LONGEST_LETTER = 64 * 1024

ANSWER = """
redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
redis.call('XDEL', KEYS[1], ARGV[2])
if redis.call('GET', KEYS[3]) == 'done' then return 0 end
redis.call('SET', KEYS[3], 'done', 'EX', ARGV[3])
redis.call('SET', KEYS[4], ARGV[7], 'EX', ARGV[3])
local kind = redis.call('TYPE', KEYS[2]).ok
if kind == 'list' or (kind == 'none' and ARGV[8] == 'list') then
  redis.call('LPUSH', KEYS[2], ARGV[7])
else
  redis.call('XADD', KEYS[2], 'MINID', '~', ARGV[4], '*', 'id', ARGV[5], 'status', ARGV[6], 'response', ARGV[9])
end
return 1
"""
"""Takes the request out and answers it, both or neither; whoever comes second only takes it out."""


class Seen(Enum):
    """What is known of a request that arrives."""

    NEW = "it begins now"
    BEGUN = "another worker began it, and did not end it"
    REPEATED = "it was sent twice"


@dataclass(frozen=True)
class Answer:
    """With the status that HTTP would have, and the body."""

    status: int
    body: Mapping[str, Any]


@dataclass(frozen=True)
class Answers:
    """Answers are kept for `seconds`."""

    redis: Redis
    seconds: int

    async def begin(self, request: QueuedRequest, message: Message) -> Seen:
        """Notes that the request is begun. Raises RedisError."""
        key, entry = _mark(request.fingerprint), f"{message.stream} {message.entry_id}"
        if await self.redis.set(key, entry, ex=self.seconds, nx=True):
            return Seen.NEW
        return Seen.BEGUN if await self.redis.get(key) == entry else Seen.REPEATED

    async def give(self, message: Message, request_id: str, fingerprint: str, answer: Answer) -> None:
        """Answers, unless that was done already, and takes the request out. Raises RedisError."""
        whole = {"id": request_id, "status": answer.status, "response": answer.body}
        oldest = int((time.time() - self.seconds) * 1000)
        keys = [message.stream, RESPONSES, _mark(fingerprint), f"{STORED}:{request_id}"]
        values = [GROUP, message.entry_id, self.seconds, oldest, request_id, answer.status]
        how = "list" if message.is_listed else "stream"
        texts = [json.dumps(whole), how, json.dumps(answer.body)]
        await self.redis.eval(ANSWER, len(keys), *keys, *map(str, values), *texts)

    async def drop(self, message: Message) -> None:
        """Takes out what was sent twice. Raises RedisError."""
        async with self.redis.pipeline(transaction=True) as commands:
            commands.xack(message.stream, GROUP, message.entry_id)
            commands.xdel(message.stream, message.entry_id)
            await commands.execute()

    async def set_aside(self, message: Message, request: Mapping[str, Any], reason: str) -> None:
        """A dead letter, without what is too long to be kept. Raises RedisError."""
        text = json.dumps(request)
        if len(text) > LONGEST_LETTER:
            text = json.dumps({**request, "args": None, "query": None, "left_out": "args, query"})
        letter: dict[Any, Any] = {"id": str(request.get("id", "")), "request": text, "reason": reason}
        letter["deliveries"] = message.deliveries
        await self.redis.xadd(DEAD, letter, maxlen=MOST_DEAD, approximate=True)


def _mark(fingerprint: str) -> str:
    return f"{MARK}:{fingerprint}"
