"""`ostiary` as a real process with a data folder, a key and free ports of its own."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

import httpx2

from tests.forking.forked import Forked
from tests.loopback import LOOPBACK

Process = subprocess.Popen[bytes] | Forked
PATIENCE = 60.0
ROOT = Path(__file__).parent.parent.parent


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """An environment without other people's settings, whose key lies beside the data, in `folder`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OSTIARY_")}
    return kept | {
        "XDG_CONFIG_HOME": str(folder / "config"),
        "OSTIARY_DATA_DIR": str(folder / "data"),
        "OSTIARY_RESOURCE_EMBEDDER": "none",
        "COLUMNS": "200",
        **settings,
    }


def forked(arguments: Sequence[str], settings: Mapping[str, str], output: IO[Any]) -> Process:
    """A process that need not import anything."""
    return Forked(arguments, settings, stdout=output, stderr=output)


def started(arguments: Sequence[str], settings: Mapping[str, str], output: IO[Any]) -> Process:
    """A Python of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "cli", *arguments], cwd=ROOT, env=settings, stdout=output, stderr=subprocess.STDOUT
    )


def ostiary(
    folder: Path, *arguments: str, given: str = "", settings: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs one command to its end."""
    with TemporaryFile("w+") as asked, TemporaryFile("w+") as said, TemporaryFile("w+") as wrong:
        asked.write(given)
        asked.seek(0)
        code = Forked(arguments, environment(folder, **(settings or {})), asked, said, wrong).wait(PATIENCE)
        said.seek(0)
        wrong.seek(0)
        return subprocess.CompletedProcess(arguments, code, said.read(), wrong.read())


class RunningPair:
    """`ostiary up` on free ports; `said` is everything it printed so far."""

    def __init__(self, process: Process, lines: IO[str]) -> None:
        self.process = process
        self._lines = lines
        self.said = ""
        self._more = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.issuer = self.mcp_url = ""

    def wait_until_ready(self) -> None:
        """Blocks until the lines for people are there, and reads the addresses."""
        self.wait_for("Ctrl-C ends both servers")
        self.issuer = self._match(r"(https?://\S+)/account/apps")
        self.mcp_url = self._match(r"(https?://\S+/mcp)")

    def wait_for(self, text: str) -> None:
        """Blocks until it has printed `text`."""
        with self._more:
            assert self._more.wait_for(lambda: text in self.said, PATIENCE), self.said

    def health(self, server: str) -> httpx2.Response:
        """The health document of `auth` or `mcp`."""
        return httpx2.get(
            f"{self.issuer if server == 'auth' else self.mcp_url.removesuffix('/mcp')}/health", timeout=30, **LOOPBACK
        )

    def children(self) -> dict[str, int]:
        """Process ids by server, as the operating system lists them."""
        listed = subprocess.run(
            ["ps", "-A", "-ww", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True
        ).stdout.splitlines()
        rows = [row.split(None, 2) for row in listed]
        return {
            name: int(pid)
            for pid, parent, arguments in rows
            for name in ("auth", "mcp")
            if int(parent) == self.process.pid and f"serve {name}" in arguments
        }

    def end(self, number: int = signal.SIGINT) -> int:
        """Sends the signal, reads to the end and gives the exit code."""
        self.process.send_signal(number)
        code = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return code

    def _read(self) -> None:
        with self._lines as lines:
            for line in lines:
                with self._more:
                    self.said += line
                    self._more.notify_all()

    def _match(self, pattern: str) -> str:
        found = re.search(pattern, self.said)
        assert found, self.said
        return found[1]


@contextmanager
def running_pair(
    folder: Path,
    ports: tuple[int, int] = (0, 0),
    options: tuple[str, ...] = (),
    start: Callable[[Sequence[str], Mapping[str, str], IO[Any]], Process] = forked,
    **settings: str,
) -> Iterator[RunningPair]:
    """Both servers, on free ports unless some are named, ended with the block; `started` starts Python anew."""
    arguments = ["up", "--auth-port", str(ports[0]), "--mcp-port", str(ports[1]), *options]
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as end:
        process = start(arguments, environment(folder, **settings), end)
    pair = RunningPair(process, os.fdopen(reading))
    try:
        pair.wait_until_ready()
        yield pair
    finally:
        if process.poll() is None:
            pair.end(signal.SIGTERM)


def is_gone(pid: int) -> bool:
    """Whether no process has this id any more, soon."""
    return eventually(lambda: not Path(f"/proc/{pid}").exists() if Path("/proc").exists() else _is_dead(pid))


def eventually(is_true: object) -> bool:
    """Looks again and again, a minute at most."""
    assert callable(is_true)
    until = time.monotonic() + PATIENCE
    pause = threading.Event()
    while not is_true():
        if time.monotonic() > until:
            return False
        pause.wait(0.05)
    return True


def _is_dead(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False
