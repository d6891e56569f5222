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
HOLDER = "mcp_request_of"
"""Under an id, the fingerprint of whose request has it."""
MOST_DEAD = 10_000
MOST_LISTED = 10_000
"""Answers that wait in a list which nobody reads; the oldest go first, all of them when no answer comes any more."""
LONGEST_LETTER = 64 * 1024

IS_OF_ANOTHER = """
local function is_of_another(holder, stored, own)
  local holds = redis.call('GET', holder)
  if not holds or holds == own then return false end
  return redis.call('EXISTS', stored) == 1 or redis.call('GET', 'mcp_request_seen:' .. holds) ~= 'done'
end
"""
"""Whether the id is another's: of a request that is worked on, or whose answer lies here and nobody took it away."""

BEGIN = (
    IS_OF_ANOTHER
    + """
if is_of_another(KEYS[2], KEYS[3], ARGV[3]) then return 'taken' end
redis.call('SET', KEYS[2], ARGV[3], 'EX', ARGV[2])
if redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2], 'NX') then return 'new' end
return redis.call('GET', KEYS[1]) == ARGV[1] and 'begun' or 'repeated'
"""
)
"""Holds the id for whoever came first."""

ANSWER = (
    IS_OF_ANOTHER
    + """
redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
redis.call('XDEL', KEYS[1], ARGV[2])
if redis.call('GET', KEYS[3]) == 'done' then return 0 end
redis.call('SET', KEYS[3], 'done', 'EX', ARGV[3])
if not is_of_another(KEYS[5], KEYS[4], ARGV[10]) then
  redis.call('SET', KEYS[4], ARGV[7], 'EX', ARGV[3])
  if ARGV[6] == '401' then redis.call('DEL', KEYS[5]) else redis.call('EXPIRE', KEYS[5], ARGV[3]) end
end
local kind = redis.call('TYPE', KEYS[2]).ok
if kind == 'list' or (kind == 'none' and ARGV[8] == 'list') then
  redis.call('LPUSH', KEYS[2], ARGV[7])
  redis.call('LTRIM', KEYS[2], 0, ARGV[11] - 1)
  redis.call('EXPIRE', KEYS[2], ARGV[3])
else
  redis.call('XADD', KEYS[2], 'MINID', '~', ARGV[4], '*', 'id', ARGV[5], 'status', ARGV[6], 'response', ARGV[9])
end
return 1
"""
)
"""Takes the request out and answers it, both or neither; whoever comes second only takes it out.

Who proved nothing holds no id.
"""


class Seen(Enum):
    """What is known of a request that arrives."""

    NEW = "new"
    BEGUN = "begun"
    """Another worker began it, and did not end it."""
    REPEATED = "repeated"
    """It was sent twice."""
    TAKEN = "taken"
    """Its id is another's."""


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
        """Notes that the request is begun, unless its id is another's. Raises RedisError."""
        keys = [_mark(request.fingerprint), f"{HOLDER}:{request.id}", f"{STORED}:{request.id}"]
        values = [message.name, str(self.seconds), request.fingerprint]
        return Seen(await self.redis.eval(BEGIN, len(keys), *keys, *values))

    async def give(self, message: Message, request_id: str, fingerprint: str, answer: Answer) -> None:
        """Answers, unless that was done already, and takes the request out. Raises RedisError.

        Where the id is another's, their answer stays where it lies.
        """
        whole = {"id": request_id, "status": answer.status, "response": answer.body}
        oldest = int((time.time() - self.seconds) * 1000)
        keys = [message.stream, RESPONSES, _mark(fingerprint), f"{STORED}:{request_id}", f"{HOLDER}:{request_id}"]
        values = [GROUP, message.entry_id, self.seconds, oldest, request_id, answer.status]
        how = "list" if message.is_listed else "stream"
        texts = [json.dumps(whole), how, json.dumps(answer.body), fingerprint, str(MOST_LISTED)]
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
