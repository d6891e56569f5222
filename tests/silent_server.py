"""A server that takes every request and answers none: it tells how long each of those who asked waited for it."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.doors import wait_until


class SilentServer:
    """Listens on loopback, at a port of its own choice unless told."""

    def __init__(self, port: int = 0) -> None:
        self._socket = socket.create_server(("127.0.0.1", port))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._waited: list[tuple[str, float]] = []
        threading.Thread(target=self._take, daemon=True).start()

    def waited(self, path: str) -> float:
        """Seconds until somebody who asked for `path` gave up; only that is measured, not what they did before."""
        wait_until(lambda: any(path in line for line, _ in self._waited))
        return next(seconds for line, seconds in self._waited if path in line)

    def close(self) -> None:
        """Nobody listens any more."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _take(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                threading.Thread(target=self._wait, args=[connection], daemon=True).start()

    def _wait(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            line = connection.recv(65536).partition(b"\r\n")[0].decode("latin-1")
            began = time.monotonic()
            while connection.recv(65536):
                continue
            self._waited.append((line, time.monotonic() - began))


@contextmanager
def silent_server(port: int = 0) -> Iterator[SilentServer]:
    """Until the block ends."""
    server = SilentServer(port)
    try:
        yield server
    finally:
        server.close()
