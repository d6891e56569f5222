"""A server of ours on a real port of the loopback, in a thread of the test process."""

import asyncio
import os
import random
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from cli.connections import Connection

PATIENCE = 10.0
PORTS_EACH = 1000


def free_port() -> int:
    """A port nobody listens on, and nobody else is about to.

    It lies below those that the system gives to connections, in a range of this test process's own.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    first = 11_000 + worker % 20 * PORTS_EACH
    for _ in range(PORTS_EACH):
        port = first + next(_offsets)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise OSError("no port is free")


def _every_offset() -> Iterator[int]:
    """In an order of its own, so that two runs beside each other hardly meet; none comes again soon."""
    offsets = random.sample(range(PORTS_EACH), PORTS_EACH)
    while True:
        yield from offsets


_offsets = _every_offset()


class _Server(uvicorn.Server):
    """As `ostiary serve` does, it lets an application of ours end what could go on for ever before it waits."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        state = getattr(self.config.app, "state", None)
        getattr(state, "begin_ending", lambda: None)()
        await super().shutdown(sockets)


class RunningServer:
    """Uvicorn as `ostiary serve` runs it, until `stop`."""

    def __init__(self, app: ASGIApp, port: int, http: type[asyncio.Protocol] = Connection) -> None:
        # A short grace: tests end servers while event streams are open.
        config = uvicorn.Config(
            app,
            host="127.0.0.1",
            port=port,
            log_level="warning",
            access_log=False,
            http=http,
            proxy_headers=False,
            timeout_graceful_shutdown=1,
        )
        self._server = _Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        deadline = time.monotonic() + PATIENCE
        while not self._server.started:
            assert self._thread.is_alive(), "the server did not start"
            assert time.monotonic() < deadline, "the server takes too long to start"
            self._thread.join(0.01)

    def stop(self) -> None:
        """Ends the server; its port is free again."""
        self._server.should_exit = True
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive(), "the server does not end"


@contextmanager
def serving(app: ASGIApp, host: str = "127.0.0.1") -> Iterator[str]:
    """Runs it at a port of its own until the block ends; gives its origin."""
    port = free_port()
    server = RunningServer(app, port)
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()
