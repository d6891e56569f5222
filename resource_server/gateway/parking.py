"""Calls that wait for a person's answer: a server that asks on the way, and an app that can only be told to come back.

Before MCP 2026-07-28 a server asks while it works; since then the answer to a request may be that input is required,
and the app repeats its request with it. So the older server's call goes on in a task of its own: parked, until the app
comes back with what was asked.
"""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import anyio
from mcp import MCPError
from mcp_types import INTERNAL_ERROR, INVALID_PARAMS

from resource_server.gateway.conversation import Front, Params
from shared.ids import new_id

PARKED_SECONDS = 600.0
MOST_PARKED = 20
"""For one owner; the oldest is given up for a new one."""

Ask = Callable[[str, Params], Awaitable[dict[str, Any]]]
Start = Callable[[Callable[[], Coroutine[Any, Any, None]]], None]
Work = Callable[[Front], Awaitable[dict[str, Any]]]


@dataclass(frozen=True)
class Question:
    """What a server asks on the way, and the number by which it is answered."""

    number: int
    method: str
    params: Params


@dataclass
class ParkedCall:
    """One call of one owner. `front` is the app's newest request, while there is one."""

    owner: str
    front: Front | None
    parked_at: float
    id: str = field(default_factory=lambda: new_id("prk"))
    question: Question | None = None
    result: dict[str, Any] | None = None
    error: Exception | None = None
    asked: int = 0
    _turn: anyio.Event = field(default_factory=anyio.Event)
    _reply: anyio.Event = field(default_factory=anyio.Event)
    _answer: dict[str, Any] = field(default_factory=dict)
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)

    async def outcome(self) -> Question | dict[str, Any]:
        """The next question, or the result. Raises what the call raised."""
        await self._turn.wait()
        if self.error is not None:
            raise self.error
        return self.result if self.result is not None else self._asked_now()

    async def run(self, work: Work) -> None:
        """The call itself, until its end."""
        with self.scope:
            try:
                self.result = await work(Front(self._capabilities(), self._notify, self._ask, self._progress))
            except Exception as error:
                self.error = error
        if self.result is None and self.error is None:
            self.error = MCPError(INTERNAL_ERROR, "The call was given up: nobody answered what it asked.")
        self._turn.set()

    def answer(self, replies: Params, front: Front) -> None:
        """The app came back. Raises MCPError when it brings no answer to what was asked."""
        reply = replies.get(str(self._asked_now().number))
        if not isinstance(reply, dict):
            raise MCPError(INVALID_PARAMS, "The answer to what was asked is missing.")
        self.front, self._answer, self.question = front, reply, None
        self._turn = anyio.Event()
        self._reply.set()

    def _asked_now(self) -> Question:
        assert self.question is not None  # noqa: S101 (asked, and not answered yet)
        return self.question

    async def _ask(self, method: str, params: Params) -> dict[str, Any]:
        self.asked += 1
        self.question, self._reply, self.front = Question(self.asked, method, params), anyio.Event(), None
        self._turn.set()
        await self._reply.wait()
        return self._answer

    def _capabilities(self) -> Params:
        return self.front.capabilities if self.front is not None else {}

    async def _notify(self, method: str, params: Params) -> None:
        if self.front is not None:
            await self.front.notify(method, params)

    async def _progress(self, progress: float, total: float | None, message: str | None) -> None:
        if self.front is not None and self.front.progress is not None:
            await self.front.progress(progress, total, message)


class Parking:
    """The calls of this process that wait. Another process does not know them, and says so."""

    def __init__(self, start: Start) -> None:
        self._start = start
        self._parked: OrderedDict[str, ParkedCall] = OrderedDict()

    def begin(self, owner: str, front: Front, work: Work) -> ParkedCall:
        """Starts a call that may be parked."""
        call = ParkedCall(owner, front, time.monotonic())
        self._start(lambda: call.run(work))
        return call

    def park(self, call: ParkedCall) -> None:
        """It waits for the app to come back."""
        self._give_up_old()
        own = [one for one in self._parked.values() if one.owner == call.owner]
        for oldest in own[: max(0, len(own) - MOST_PARKED + 1)]:
            self._give_up(oldest)
        self._parked[call.id] = call

    def answered(self, call_id: str, owner: str, replies: Params, front: Front) -> ParkedCall:
        """The call, which goes on: once. Raises MCPError; a call whose answer is missing waits on."""
        call = self._parked.get(call_id)
        if call is None or call.owner != owner:
            raise MCPError(INVALID_PARAMS, "What was asked is not waited for any more; call again.")
        call.answer(replies, front)
        del self._parked[call_id]
        return call

    def _give_up_old(self) -> None:
        for call in [one for one in self._parked.values() if time.monotonic() - one.parked_at > PARKED_SECONDS]:
            self._give_up(call)

    def _give_up(self, call: ParkedCall) -> None:
        del self._parked[call.id]
        call.scope.cancel()
