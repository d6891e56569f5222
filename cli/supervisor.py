"""Keeps child processes running: restarts what dies, ends all of them together, leaves no orphan."""

import asyncio
import signal
import sys
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass

from cli.failures import WRONG_SETTINGS

FIRST_DELAY = 0.25
LONGEST_DELAY = 30.0
SETTLED_SECONDS = 60.0
END_SECONDS = 12.0


@dataclass(frozen=True)
class Child:
    """A server to keep running: its arguments for `python -m cli`, its environment, the sockets it inherits."""

    name: str
    arguments: Sequence[str]
    environment: dict[str, str]
    fds: Sequence[int]

    async def start(self) -> asyncio.subprocess.Process:
        """A process of its own session, so that Ctrl-C reaches the supervisor alone; its stdin tells it we live."""
        inherit = [f"--fd={fd}" for fd in self.fds]
        return await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "cli", *self.arguments, *inherit),
            env=self.environment,
            pass_fds=self.fds,
            stdin=asyncio.subprocess.PIPE,
            start_new_session=True,
        )


async def supervise(children: Sequence[Child], when_started: Callable[[], Coroutine[object, object, None]]) -> int:
    """Runs the children until SIGINT or SIGTERM and returns the exit code; `when_started` runs beside them."""
    ending = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ending.set)
    keepers = [asyncio.create_task(_keep(child, ending)) for child in children]
    greeting = asyncio.create_task(when_started())
    try:
        await _first(greeting, ending)
        if greeting.done():
            greeting.result()
            await ending.wait()
    finally:
        ending.set()
        greeting.cancel()
        codes = await asyncio.gather(*keepers)
    return max(codes)


async def _keep(child: Child, ending: asyncio.Event) -> int:
    """Starts the child again whenever it dies, later each time; wrong settings end everything."""
    delay = FIRST_DELAY
    while not ending.is_set():
        began = time.monotonic()
        process = await child.start()
        waiting = asyncio.create_task(process.wait())
        await _first(waiting, ending)
        if ending.is_set():
            await _end(process)
        elif process.returncode == WRONG_SETTINGS:
            ending.set()
            return WRONG_SETTINGS
        else:
            delay = FIRST_DELAY if time.monotonic() - began > SETTLED_SECONDS else min(2 * delay, LONGEST_DELAY)
            sys.stderr.write(f"ostiary: {child.name} ended ({process.returncode}); starting it again\n")
            await _first(asyncio.create_task(asyncio.sleep(delay)), ending)
        await waiting
    return 0


async def _end(process: asyncio.subprocess.Process) -> None:
    """Asks it to finish, and insists when it does not."""
    if process.returncode is None:
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), END_SECONDS)
    except TimeoutError:
        process.kill()


async def _first(task: asyncio.Task[None] | asyncio.Task[int], ending: asyncio.Event) -> None:
    """Waits for whichever comes first."""
    ended = asyncio.create_task(ending.wait())
    await asyncio.wait({task, ended}, return_when=asyncio.FIRST_COMPLETED)
    ended.cancel()
