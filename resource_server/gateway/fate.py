"""What becomes of one request on the wire: the transport notes it, and ends what it waits for with the request.

The SDK keeps neither: a connection that fails takes every other request of the conversation along, and one that is
given up goes on to be read.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

import anyio

MOST_SENDS = 20
"""One request, and how often its answer's stream may be taken up again."""


class ConversationOverError(Exception):
    """It ended before anything was sent, or the server does not know it any more."""


class TooMuchError(Exception):
    """One message is longer than is taken; `request_id` is whose answer it is, where that can be told."""

    def __init__(self, request_id: object = None) -> None:
        super().__init__("too long")
        self.request_id = request_id


class NoMessageError(Exception):
    """What came is no message of JSON-RPC; `request_id` as above."""

    def __init__(self, request_id: object = None) -> None:
        super().__init__("no message")
        self.request_id = request_id


@dataclass
class Fate:
    """Of the request with this id. `error` is why there is no answer; `status` what HTTP said."""

    id: int
    sends: int = 0
    status: int = 0
    error: Exception | None = None
    is_over: bool = False
    asking: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    _waiting: set[anyio.CancelScope] = field(default_factory=set)

    @contextmanager
    def waits(self) -> Iterator[anyio.CancelScope]:
        """What waits for the server in here is cancelled when the request is over."""
        scope = anyio.CancelScope()
        self._waiting.add(scope)
        try:
            with scope:
                yield scope
        finally:
            self._waiting.discard(scope)

    def fail(self, error: Exception, *, at_once: bool) -> None:
        """There will be no answer; `at_once` where nothing else tells so to who asked."""
        self.error = error
        if at_once:
            self.asking.cancel()

    def end(self) -> None:
        """Nobody waits for the answer any more."""
        self.is_over = True
        for scope in list(self._waiting):
            scope.cancel()


FATE: ContextVar[Fate | None] = ContextVar("fate", default=None)
"""Of whose request the current task takes care: the SDK sends each request in the context of who made it."""
