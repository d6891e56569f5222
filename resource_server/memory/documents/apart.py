"""Files that may have been made to harm are read in a process of their own, which spends its own time and memory."""

import logging
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from threading import BoundedSemaphore

SECONDS = 20
MEMORY = 1024 * 1024 * 1024
MAX_CHARACTERS = 2_000_000
"""The longest text that is cut into chunks: a thick book."""

AT_ONCE = BoundedSemaphore(4)
PATIENCE_SECONDS = 5


def read_apart(module: str, content: bytes, what: str) -> str:
    """What `python -m module` makes of the content. Raises ValueError for what is no `what`, or takes too long.

    The process learns no setting of this one, secrets among them.
    """
    if not AT_ONCE.acquire(timeout=PATIENCE_SECONDS):
        raise ValueError("too many others are being read; try again in a moment")
    told = {name: value for name, value in os.environ.items() if not name.upper().startswith("OSTIARY_")}
    try:
        command = [sys.executable, "-m", module]
        done = subprocess.run(  # noqa: S603 (ours)
            command, input=content, capture_output=True, timeout=2 * SECONDS, check=False, env=told
        )
    except subprocess.TimeoutExpired:
        raise ValueError("reading it takes too long") from None
    finally:
        AT_ONCE.release()
    if done.returncode:
        lines = done.stderr.decode(errors="replace").splitlines()
        reason = next((line.removeprefix("refused: ") for line in lines if line.startswith("refused: ")), "")
        raise ValueError(reason or f"it cannot be read as {what}, or takes too long to read")
    return done.stdout.decode(errors="replace")


def serve(reader: Callable[[bytes], str]) -> None:
    """The other side: bounded in time and memory before the first byte is looked at, from standard input to output."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    logging.disable()
    try:
        text = reader(sys.stdin.buffer.read())
    except ValueError as refusal:
        sys.exit(f"refused: {refusal}")
    if len(text) > MAX_CHARACTERS:
        sys.exit(f"refused: it has {len(text)} characters, and at most {MAX_CHARACTERS} are kept")
    sys.stdout.buffer.write(text.encode(errors="replace"))
