"""Requests over kept connections, again and again, by little code: it shares the cores with what it asks."""

import asyncio
import time
from dataclasses import dataclass, field
from statistics import median


@dataclass(frozen=True)
class Target:
    """A port on this computer, and the bytes of the request that goes there."""

    port: int
    wire: bytes


@dataclass
class _Caller(asyncio.Protocol):
    """One connection. `times` are the seconds of each answer."""

    wire: bytes
    deadline: float
    done: asyncio.Future[None]
    times: list[float] = field(default_factory=list)
    _came: bytes = b""
    _sent: float = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as loops call it
        """The first request goes out."""
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        """The next goes out when an answer is whole."""
        self._came += data
        head, end, body = self._came.partition(b"\r\n\r\n")
        if not end:
            return
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        if len(body) < length:
            return
        now = time.perf_counter()
        if not head.startswith(b"HTTP/1.1 200") or b'"error"' in body or b'"isError":true' in body:
            self.done.set_exception(AssertionError(self._came[:800]))
            return
        self.times.append(now - self._sent)
        self._came = b""
        if now < self.deadline:
            self._send()
        else:
            self._transport.close()
            self.done.set_result(None)

    def _send(self) -> None:
        self._sent = time.perf_counter()
        self._transport.write(self.wire)


async def answers(target: Target, connections: int, seconds: float) -> list[float]:
    """The seconds of every answer within a time."""
    loop, deadline = asyncio.get_running_loop(), time.perf_counter() + seconds
    callers = [_Caller(target.wire, deadline, loop.create_future()) for _ in range(connections)]
    for caller in callers:
        await loop.create_connection(lambda caller=caller: caller, "127.0.0.1", target.port)  # type: ignore[misc]
    await asyncio.gather(*(caller.done for caller in callers))
    return [one for caller in callers for one in caller.times]


async def rate(target: Target, connections: int, seconds: float) -> float:
    """Answers a second."""
    return len(await answers(target, connections, seconds)) / seconds


async def usual_ms(target: Target, seconds: float) -> float:
    """The median of one caller's waiting, who asks again when it has its answer."""
    return median(await answers(target, 1, seconds)) * 1000
