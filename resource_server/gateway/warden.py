"""Kills what a server started when the server itself was killed: a small process that outlives it by a moment.

It is run as a file. Its input names process groups, `+123` and `-123`, one a line; the end of it is the end of who
started it, and then every group that is still named is killed.
"""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path


class Warden:
    """Starts the process when there is something to watch."""

    def __init__(self) -> None:
        self._groups: set[int] = set()
        self._process: subprocess.Popen[bytes] | None = None

    def watch(self, group: int) -> None:
        """From now on the group does not outlive this process."""
        self._groups.add(group)
        if self._process is None or self._process.poll() is not None:
            self._begin()
        else:
            self._tell(f"+{group}\n")

    def let_go(self, group: int) -> None:
        """It ended."""
        self._groups.discard(group)
        self._tell(f"-{group}\n")

    def dismiss(self) -> None:
        """Ends the process, and what it still watches."""
        if self._process is not None and self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()
            self._process.wait()
            self._process = None

    def _begin(self) -> None:
        self.dismiss()
        self._process = subprocess.Popen(  # noqa: S603 (our own file)
            [sys.executable, "-I", "-S", str(Path(__file__))],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={},
            bufsize=0,
            start_new_session=True,
        )
        self._tell("".join(f"+{group}\n" for group in sorted(self._groups)))

    def _tell(self, lines: str) -> None:
        if self._process is not None and self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.write(lines.encode())


def stand_guard() -> None:
    """Until the input ends; what ends other processes does not end this one."""
    for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(one, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin.buffer:
        group = int(line[1:])
        groups.add(group) if line.startswith(b"+") else groups.discard(group)
    for group in groups:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    stand_guard()
