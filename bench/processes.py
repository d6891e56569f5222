"""Programs of a bench, each in a process and on a core of its own, before others that want the same computer."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from tests.servers import free_port

PRIORITY = 10
PATIENCE = 120.0
MEASURED, OTHERS = 0, 1
"""Cores: what is measured has one, who asks and who is asked share the other."""
ROOT = Path(__file__).parent.parent
UV = ROOT / ".tools" / "uv" / "bin" / "uv"


def take_priority() -> bool:
    """Real-time scheduling for this process and those it starts; False where that is not allowed."""
    with suppress(OSError, AttributeError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY))
        return True
    return False


def take_core(core: int) -> None:
    """Runs on one core from now on, where there are several."""
    with suppress(OSError, AttributeError):
        os.sched_setaffinity(0, {core % (os.cpu_count() or 1)})


@contextmanager
def started(*program: str, core: int = OTHERS, packages: Sequence[str] = ()) -> Iterator[int]:
    """A Python program that listens on the port which is its first argument, until the block ends.

    With `packages` it runs in an environment of its own.
    """
    port, (what, *arguments) = free_port(), program
    python = [str(UV), "run", "--no-project", "--python", sys.executable, *packages, "python"] if packages else []
    start = [what] if what.endswith(".py") else ["-m", what]
    command = [*(python or [sys.executable]), *start, str(port), *arguments]
    process = subprocess.Popen(command, cwd=ROOT, preexec_fn=partial(take_core, core))
    try:
        wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def wait_for(port: int) -> None:
    """Until somebody listens there. Raises TimeoutError."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise TimeoutError(f"nobody listens on {port}")
