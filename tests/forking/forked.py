"""A process of `ostiary` that a zygote forks, with what `subprocess.Popen` knows of it."""

import atexit
import json
import os
import select
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).parent.parent.parent
STAND_IN = (sys.executable, "-I", "-S", str(Path(__file__).with_name("instead_of_python.py")))


class Forked:
    """`ostiary ARGUMENTS`; a descriptor that is not given leads nowhere."""

    def __init__(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        stdin: IO[Any] | None = None,
        stdout: IO[Any] | None = None,
        stderr: IO[Any] | None = None,
    ) -> None:
        self.arguments = arguments
        self.returncode: int | None = None
        asked = {"arguments": arguments, "environment": dict(environment), "folder": str(ROOT), "fds": [0, 1, 2]}
        self._connection = socket.socket(socket.AF_UNIX)
        self._connection.connect(zygote_place())
        with Path(os.devnull).open("r+b") as nowhere:
            socket.send_fds(self._connection, [b"."], [(one or nowhere).fileno() for one in (stdin, stdout, stderr)])
        self._connection.sendall(json.dumps(asked).encode() + b"\n")
        self._lines = self._connection.makefile("r")
        self.pid = int(self._lines.readline())

    def wait(self, timeout: float | None = None) -> int:
        """The exit code. Raises subprocess.TimeoutExpired."""
        if self.returncode is None:
            if not select.select([self._connection], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(list(self.arguments), timeout or 0)
            self.returncode = int(self._lines.readline())
            self._lines.close()
            self._connection.close()
        return self.returncode

    def poll(self) -> int | None:
        """The exit code, or None while it runs."""
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def send_signal(self, number: int) -> None:
        """Does nothing when it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)


def as_command(module: str) -> tuple[str, ...]:
    """What starts the module as a program, for who starts commands: `python -m`, without a second of imports."""
    return *STAND_IN, zygote_place(), "-m", "cli", "-m", module


@cache
def zygote_place() -> str:
    """The socket of this test process's zygote, which starts at the first question and ends with the process."""
    folder = tempfile.mkdtemp(prefix="ostiary-")
    place, python = f"{folder}/zygote", Path(folder, "python")
    stand_in = shlex.join([*STAND_IN, place])
    other = f'[ "$1" = -m ] || exec {shlex.quote(sys.executable)} "$@"'  # what a server starts that is no server
    python.write_text(f'#!/bin/sh\n{other}\nexec {stand_in} "$@"\n')
    python.chmod(0o700)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("OSTIARY_")}
    zygote = subprocess.Popen(
        [sys.executable, "-m", "tests.forking.zygote", place, str(python)],
        cwd=ROOT,
        env=clean | {"XDG_CONFIG_HOME": folder, "OPENBLAS_NUM_THREADS": "1"},  # its threads would not survive a fork
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert zygote.stdout is not None
    with zygote.stdout as said:
        assert said.readline() == b"ready\n"
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(zygote.communicate)
    return place
