"""An installation whose servers are killed with SIGKILL and started again within a fifth of a second."""

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from tests.installation import END_SECONDS, START_SECONDS, Installation

ROUNDS = int(os.environ.get("OSTIARY_TEST_KILLS", "200")) // 2
"""How often each of the two servers is killed; a longer run sets the variable."""

LONGEST_START = 0.3
LONGEST_WORK = 0.12


class KillableInstallation(Installation):
    """Its processes are forked by the program of `tests.e2e.zygote`; `kills` counts those that were killed."""

    kills = 0

    def start(self, name: str, data_dir: Path | None = None) -> None:
        """Forks a server; at the first time the zygote too."""
        if "zygote" not in self.processes:
            self._start_zygote()
        self._ask(f"start {name} {data_dir or self.data_dir}")

    def kill(self, name: str) -> None:
        """SIGKILL. Fails when the server had ended by itself before."""
        died_of = self._ask(f"kill {name}")
        assert died_of == signal.SIGKILL, f"{name} ended by itself: {self.log_file('zygote').read_text()[-3000:]}"
        self.kills += 1

    def runs(self, name: str) -> bool:  # noqa: ARG002 (one process stands for both)
        """The zygote knows at the next kill."""
        return self.processes["zygote"].poll() is None

    def log_file(self, name: str) -> Path:  # noqa: ARG002 (one process stands for both)
        """All children write into the zygote's."""
        return super().log_file("zygote")

    def _start_zygote(self) -> None:
        with self.log_file("zygote").open("ab") as log:
            self.processes["zygote"] = subprocess.Popen(
                [sys.executable, "-m", "tests.e2e.zygote", str(self.ports["auth"]), str(self.ports["mcp"])],
                env=self.environment | {"OPENBLAS_NUM_THREADS": "1"},  # its threads would not survive a fork
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )

    def close(self) -> None:
        """The zygote ends with its input, and takes its children with it."""
        zygote = self.processes["zygote"]
        assert zygote.stdin is not None
        assert zygote.stdout is not None
        zygote.stdin.close()
        zygote.wait(END_SECONDS)
        zygote.stdout.close()
        super().close()

    def _ask(self, line: str) -> int:
        zygote = self.processes["zygote"]
        assert zygote.stdin is not None
        assert zygote.stdout is not None
        zygote.stdin.write(f"{line}\n".encode())
        zygote.stdin.flush()
        return int(zygote.stdout.readline())


class Progress:
    """Counts what clients got done, so that nobody has to guess how long that takes."""

    def __init__(self) -> None:
        self._done = 0
        self._changed = threading.Condition()

    def advance(self) -> None:
        """One more thing was acknowledged."""
        with self._changed:
            self._done += 1
            self._changed.notify_all()

    def wait_for_more(self) -> None:
        """Blocks until something is acknowledged that was not when this was called."""
        with self._changed:
            before = self._done
            assert self._changed.wait_for(lambda: self._done > before, START_SECONDS), "nothing is acknowledged"


@contextmanager
def busy(clients: list[Callable[[threading.Event], None]]) -> Iterator[None]:
    """Runs each client in a thread until the block ends; what a client found wrong is raised then."""
    stopping = threading.Event()
    with ThreadPoolExecutor(len(clients)) as pool:
        running = [pool.submit(client, stopping) for client in clients]
        try:
            yield
        finally:
            stopping.set()
        for one in running:
            one.result()


def kill_again_and_again(place: KillableInstallation, name: str, progress: Progress, rounds: int = ROUNDS) -> None:
    """Kills a running server `rounds` times; it runs again when this ends.

    The moment is random while clients are busy, and every fourth time while the server starts.
    """
    dice = random.Random()
    moment = threading.Event()  # never set: waiting for it is nothing but a random length of time
    for number in range(rounds):
        if number % 4 == 3:
            moment.wait(dice.uniform(0, LONGEST_START))
        else:
            progress.wait_for_more()
            moment.wait(dice.uniform(0, LONGEST_WORK))
        place.kill(name)
        place.start(name)
    progress.wait_for_more()
