"""The two servers as people run them: real processes of the `ostiary` command, on one data folder of their own."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import httpx2
import pytest

from tests.doors import Person, new_person, register_app, wait_until
from tests.forking.forked import Forked
from tests.loopback import LOOPBACK
from tests.servers import free_port

START_SECONDS = 60.0
END_SECONDS = 20.0


class Installation:
    """A data folder, a folder for the master key outside of it, two ports, and up to two running processes.

    Extra settings come as environment variables. What the processes print is kept in `log_file(name)`.
    """

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.data_dir = folder / "data"
        self.ports = {"auth": free_port(), "mcp": free_port()}
        self.issuer = f"http://localhost:{self.ports['auth']}"
        self.origin = f"http://localhost:{self.ports['mcp']}"
        self.mcp_url = f"{self.origin}/mcp"
        self.environment = clean_environment(folder) | self._settings() | settings
        self.processes: dict[str, subprocess.Popen[bytes] | Forked] = {}
        self._people: list[Person] = []

    def __enter__(self) -> "Installation":
        try:
            self.start("auth")
            self.start("mcp")
            self.wait_until_ready()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_failure: object) -> None:
        self.close()

    def start(self, name: str) -> None:
        """`ostiary serve auth` or `ostiary serve mcp`, forked where everything is imported, in a session of its own."""
        with self.log_file(name).open("ab") as log:
            self.processes[name] = Forked(self._arguments(name), self.environment, stdout=log, stderr=log)

    def start_anew(self, name: str) -> None:
        """The same by a Python of its own."""
        with self.log_file(name).open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [*ostiary(), *self._arguments(name)],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill_and_restart(self, name: str) -> None:
        """SIGKILL, and another process at the same port that is ready."""
        self.processes[name].kill()
        self.processes[name].wait()
        self.start(name)
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Both answer, and the MCP server hears of revocations."""
        wait_until(lambda: self._health("auth").get("status") == "ok", START_SECONDS)
        wait_until(lambda: self._health("mcp").get("revocations") == "fresh", START_SECONDS)

    def close(self) -> None:
        """Ends what runs, as Ctrl-C does, and insists when it does not end."""
        for person in self._people:
            person.browser.close()
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes.clear()

    def run(self, *arguments: str, said: str = "") -> str:
        """One `ostiary` command on this installation, `said` on its standard input; gives what it prints."""
        with TemporaryFile("w+") as given, TemporaryFile("w+") as answer, TemporaryFile("w+") as wrong:
            given.write(said)
            given.seek(0)
            code = Forked(arguments, self.environment, given, answer, wrong).wait(START_SECONDS)
            answer.seek(0)
            wrong.seek(0)
            assert code == 0, wrong.read()
            return answer.read()

    def create_user(self, email: str, password: str) -> None:
        """`ostiary users create`, the way an operator does it."""
        self.run("users", "create", "--email", email, "--password-stdin", said=f"{password}\n")

    def register(self, **metadata: Any) -> str:
        """Registers an app and returns its client_id."""
        return register_app(self.issuer, **metadata)

    def person(self) -> Person:
        """Somebody new who is signed in without a screen, put into the database without the detour of a command."""
        self._people.append(new_person(self, self.data_dir))
        return self._people[-1]

    def log_file(self, name: str) -> Path:
        """Everything that process printed."""
        return self.folder / f"{name}.log"

    def is_alive(self) -> bool:
        """Whether both processes still run and answer."""
        return all(self._health(name).get("status") == "ok" for name in self.ports)

    def runs(self, name: str) -> bool:
        """Whether that process has not ended."""
        return self.processes[name].poll() is None

    def _health(self, name: str) -> dict[str, Any]:
        assert self.runs(name), f"{name} ended: {self.log_file(name).read_text()[-2000:]}"
        try:
            document: dict[str, Any] = httpx2.get(f"http://localhost:{self.ports[name]}/health", **LOOPBACK).json()
        except httpx2.TransportError:
            return {}
        return document

    def _arguments(self, name: str) -> list[str]:
        return ["serve", name, "--port", str(self.ports[name])]

    def _settings(self) -> dict[str, str]:
        """The addresses, and limits that no test reaches."""
        return {
            "OSTIARY_DATA_DIR": str(self.data_dir),
            "OSTIARY_ISSUER": self.issuer,
            "OSTIARY_MCP_URL": self.mcp_url,
            "OSTIARY_AUTH_LOGIN_ATTEMPTS": "10000",
            "OSTIARY_AUTH_REGISTRATIONS_PER_HOUR": "100000",
            "OSTIARY_RESOURCE_RATE_LIMIT_REQUESTS": "100000",
            "OSTIARY_RESOURCE_REFUSED_PER_MINUTE": "100000",
            "OSTIARY_RESOURCE_EMBEDDER": "none",
        }


def ostiary() -> list[str]:
    """The command, run by this very Python."""
    return [sys.executable, "-m", "cli"]


def clean_environment(folder: Path) -> dict[str, str]:
    """The environment of this process without settings of ours, and with a configuration folder below `folder`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OSTIARY_")}
    return kept | {"XDG_CONFIG_HOME": str(folder / "config")}


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Both processes, shared by the tests of a worker: make people and apps of your own, restart nothing."""
    with Installation(tmp_path_factory.mktemp("installation")) as running:
        yield running
