"""Request bodies, read up to a limit and no further."""

import asyncio

from starlette.types import Receive, Scope

from shared.reminders import Reminders
from shared.request_fields import field_of


class BodyTooLargeError(Exception):
    """The body is longer than the limit: 413."""


class SlowBodyError(Exception):
    """The body did not arrive in time: 408."""


class ClientGoneError(Exception):
    """The client left before its body was complete; there is nobody to answer."""


class Bodies:
    """Reads bodies of at most `limit` bytes within `seconds`, on one event loop."""

    def __init__(self, limit: int, seconds: float) -> None:
        self._limit = limit
        self._reminders = Reminders(seconds)

    async def read(self, scope: Scope, receive: Receive) -> bytes:
        """Raises BodyTooLargeError at the first byte too many, announced or sent; SlowBodyError, ClientGoneError."""
        announced = field_of(scope, "content-length") or "0"
        if announced.isdecimal() and int(announced[:20]) > self._limit:
            raise BodyTooLargeError
        hurry = _Hurry()
        number = self._reminders.add(hurry.end)
        try:
            return await _read(receive, self._limit)
        except asyncio.CancelledError as cause:
            if not hurry.is_late:
                raise
            hurry.task.uncancel()
            raise SlowBodyError from cause
        finally:
            self._reminders.discard(number)


class _Hurry:
    """Breaks off the task that makes it, which waits for nothing but a body then."""

    def __init__(self) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 (made within one)
        self.task, self.is_late = task, False

    def end(self) -> None:
        """It took too long."""
        self.is_late = True
        self.task.cancel()


async def _read(receive: Receive, limit: int) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise ClientGoneError
        body += message.get("body", b"")
        if len(body) > limit:
            raise BodyTooLargeError
        if not message.get("more_body", False):
            return bytes(body)
