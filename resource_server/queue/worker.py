"""A worker: takes requests, has them answered, tries again what is safe to try again, and sets aside what is not."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import anyio
import structlog
from redis.exceptions import RedisError

from resource_server.queue.answers import Answer, Answers, Seen
from resource_server.queue.gateway_client import GatewayClient
from resource_server.queue.requests import MalformedRequestError, QueuedRequest, parse_request
from resource_server.queue.streams import Message, RequestStreams

PAUSE_SECONDS = 1.0
"""Before Redis is asked again that did not answer."""
LONGEST_WAIT = 30.0
WRITES = 5
UNKNOWN = {
    "error": "outcome_unknown",
    "error_description": "The worker that ran this call ended before it answered. Whether the tool acted is not known, "
    "so it is not called again.",
}
TAKEN = {
    "error": "id_in_use",
    "error_description": "Another request has this id, and its answer still lies here: choose ids nobody else has.",
}
TOO_OFTEN = {
    "error": "given_up",
    "error_description": "The request was tried as often as requests are tried, and no worker could end it.",
}

log = structlog.get_logger(__name__)


@dataclass
class Worker:
    """`at_once` requests are worked on at the same time; each is tried `tries` times at most."""

    streams: RequestStreams
    answers: Answers
    gateway: GatewayClient
    tries: int
    at_once: int
    _stopping: anyio.Event = field(default_factory=anyio.Event)
    _in_hand: int = 0

    def stop(self) -> None:
        """Takes nothing more; what is in hand may end."""
        self._stopping.set()

    async def run(self, grace: float) -> None:
        """Until it is stopped; then what is in hand has `grace` seconds, and what is left another worker takes."""
        slots = anyio.Semaphore(self.at_once)
        async with anyio.create_task_group() as tasks:
            while not self._stopping.is_set():
                if await self._has_slot(slots):
                    taken = await self._take()
                    self._in_hand += len(taken)
                    for message in taken:
                        tasks.start_soon(self._work, message, slots)
                    if not taken:
                        slots.release()
            with anyio.move_on_after(grace):
                while self._in_hand:  # noqa: ASYNC110 (a few hundredths are no matter at the end)
                    await anyio.sleep(0.02)
            tasks.cancel_scope.cancel()
        await self._tolerant(self.streams.leave)

    async def _has_slot(self, slots: anyio.Semaphore) -> bool:
        with anyio.move_on_after(PAUSE_SECONDS):
            await slots.acquire()
            return True
        return False

    async def _take(self) -> list[Message]:
        try:
            return await self.streams.take()
        except RedisError as error:
            log.warning("queue_unreachable", error=type(error).__name__)
            with anyio.move_on_after(PAUSE_SECONDS):
                await self._stopping.wait()
            return []

    async def _work(self, message: Message, slots: anyio.Semaphore) -> None:
        """A fault with one request must not end the worker: it stays where it is, and is tried again."""
        try:
            async with self.streams.kept(message):
                await self._serve(message)
        except* RedisError as errors:
            log.warning("queue_unreachable", error=_names(errors))
        except* Exception as errors:
            log.error("queue_request_failed", error=_names(errors), entry=message.entry_id)
        finally:
            self._in_hand -= 1
            slots.release()

    async def _serve(self, message: Message) -> None:
        try:
            request = parse_request(message.fields)
        except MalformedRequestError as wrong:
            # Nothing of what it holds is kept: where it cannot be read, a token cannot be told from the rest.
            body = {"error": "invalid_request", "error_description": str(wrong)}
            await self._refuse(message, {"id": wrong.request_id}, Answer(400, body))
            return
        match await self.answers.begin(request, message):
            case Seen.REPEATED:
                await self.answers.drop(message)
            case Seen.TAKEN:
                await self._refuse(message, request.without_token(), Answer(409, TAKEN))
            case Seen.BEGUN if not await self.gateway.is_harmless(request):
                await self._give_up(message, request, Answer(502, UNKNOWN))
            case _ if message.deliveries > self.tries:
                await self._give_up(message, request, Answer(503, TOO_OFTEN))
            case _:
                await self._ask(message, request)

    async def _ask(self, message: Message, request: QueuedRequest) -> None:
        """Raises RedisError."""
        outcome = await self.gateway.ask(request)
        for _ in range(message.deliveries, self.tries):
            if outcome.wait is None:
                break
            await anyio.sleep(min(outcome.wait, LONGEST_WAIT))
            outcome = await self.gateway.ask(request)
        if outcome.wait is not None:
            await self._give_up(message, request, outcome.answer)
            return
        await self._tolerant(lambda: self.answers.give(message, request.id, request.fingerprint, outcome.answer))

    async def _give_up(self, message: Message, request: QueuedRequest, answer: Answer) -> None:
        await self.answers.set_aside(message, request.without_token(), str(answer.body.get("error")))
        await self._tolerant(lambda: self.answers.give(message, request.id, request.fingerprint, answer))

    async def _refuse(self, message: Message, kept: Mapping[str, Any], answer: Answer) -> None:
        """The same request is looked at anew when it is sent again."""
        await self.answers.set_aside(message, kept, str(answer.body["error"]))
        await self.answers.give(message, str(kept["id"]), message.name, answer)

    async def _tolerant(self, write: Callable[[], Awaitable[None]]) -> None:
        """An answer that was paid for is written though Redis is away for a moment."""
        for left in reversed(range(WRITES)):
            try:
                await write()
                return
            except RedisError as error:
                log.warning("queue_unreachable", error=type(error).__name__)
                if left:
                    await anyio.sleep(PAUSE_SECONDS)


def _names(errors: BaseExceptionGroup[BaseException]) -> str:
    return " ".join(type(error).__name__ for error in errors.exceptions)
