"""One process under a warden, which ends with everything that the process started."""

import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import anyio
from anyio.abc import Process

WARDEN = str(Path(__file__).parent / "warden.py")
LEAVING_SECONDS, DYING_SECONDS = 1.0, 1.5
"""How long a process may take to end once its input is closed, and once it was told to by SIGTERM; then SIGKILL."""
KILLING_SECONDS = 3.0
"""How long the warden may take for that."""
POLL_SECONDS = 0.01
GONE = (anyio.BrokenResourceError, anyio.ClosedResourceError, anyio.EndOfStream, OSError)


@dataclass
class GuardedProcess:
    """`child` has the program's streams and ends as the program does; `lifeline` is what it lives by."""

    child: Process
    lifeline: int

    async def has_ended(self, seconds: float) -> bool:
        """Asked again and again: to wait for it is to wait for its children, too, where they hold its pipes."""
        with anyio.move_on_after(seconds):
            while self.child.returncode is None:  # noqa: ASYNC110 (nothing tells it)
                await anyio.sleep(POLL_SECONDS)
        return self.child.returncode is not None

    async def end(self) -> None:
        """MCP, lifecycle, shutdown: its input is closed, then it is told to end, then it is made to."""
        assert self.child.stdin is not None  # noqa: S101 (opened with pipes)
        with suppress(*GONE):
            await self.child.stdin.aclose()
        if not await self.has_ended(LEAVING_SECONDS):
            self._signal(signal.SIGTERM)
            await self.has_ended(DYING_SECONDS)
        self.let_go()
        await self.has_ended(KILLING_SECONDS)
        self._signal(signal.SIGKILL)
        with anyio.move_on_after(DYING_SECONDS), suppress(*GONE):
            await self.child.aclose()

    def let_go(self) -> None:
        """The warden ends what there is."""
        if self.lifeline >= 0:
            os.close(self.lifeline)
            self.lifeline = -1

    def _signal(self, number: signal.Signals) -> None:
        """To its group, whose number is that of its first process, even when that is gone."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.child.pid, number)


@asynccontextmanager
async def guarded(command: Sequence[str], environment: Mapping[str, str]) -> AsyncIterator[GuardedProcess]:
    """A new process in a session of its own. Raises OSError."""
    lives_by, lifeline = os.pipe()
    try:
        child = await anyio.open_process(
            [sys.executable, "-I", "-S", WARDEN, str(lives_by), *command],
            env=dict(environment), pass_fds=(lives_by,), start_new_session=True,
        )  # fmt: skip
    except BaseException:
        os.close(lifeline)
        raise
    finally:
        os.close(lives_by)
    process = GuardedProcess(child, lifeline)
    try:
        yield process
    finally:
        process.let_go()
