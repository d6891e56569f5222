"""A program that has imported everything once, and forks a process of `ostiary` for each connection to its socket.

A child is a real process: arguments, environment, folder and file descriptors are what was asked for, and it ends as
any Python does. Only what libraries do once a process is saved. Who asks keeps the connection: it brings the process
id, and later the exit code; when it is cut, the child is killed. What a supervisor starts as `python -m cli` comes from
here too, by `tests.forking.instead_of_python`, and so do `-m MODULE` for tests' own servers on the SDK.
"""

import gc
import json
import os
import runpy
import selectors
import signal
import socket
import sys
import tempfile
import threading
from importlib import import_module
from pathlib import Path
from typing import Any

import auth_server.app
import auth_server.settings
import resource_server.app
import resource_server.settings
from cli.main import app
from cli.on_demand import PLACES

MOST_DESCRIPTORS = 32
STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD)


class Zygote:
    """The parent of all children, each with the connection of who asked for it."""

    def __init__(self, place: str) -> None:
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(place)
        self._listener.listen(64)
        self._ended, self._waker = socket.socketpair()
        self._waker.setblocking(False)
        self._children: dict[socket.socket, int] = {}
        self._waiting = selectors.DefaultSelector()
        for one in (sys.stdin, self._listener, self._ended):
            self._waiting.register(one, selectors.EVENT_READ)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._waker.fileno())

    def serve(self) -> dict[str, Any] | None:
        """Returns when standard input ends; and in each child, with what it was asked to be."""
        while True:
            for key, _ in self._waiting.select():
                if key.fileobj is sys.stdin:
                    self._end()
                    return None
                if key.fileobj is self._listener:
                    asked = self._fork(self._listener.accept()[0])
                    if asked is not None:
                        return asked
                elif key.fileobj is self._ended:
                    self._ended.recv(4096)
                    self._bury()
                elif key.fileobj in self._children:
                    os.kill(self._children[key.fileobj], signal.SIGKILL)
                    self._waiting.unregister(key.fileobj)

    def _fork(self, connection: socket.socket) -> dict[str, Any] | None:
        """What the child shall be, in the child alone."""
        _, fds, _, _ = socket.recv_fds(connection, 1, MOST_DESCRIPTORS)
        with connection.makefile("r") as lines:
            asked: dict[str, Any] = json.loads(lines.readline())
        assert threading.active_count() == 1, "threads do not survive a fork"
        child = os.fork()
        if child == 0:
            self._let_go(connection)
            place_descriptors(dict(zip(asked["fds"], fds, strict=True)))
            return asked
        for fd in fds:
            os.close(fd)
        self._children[connection] = child
        self._waiting.register(connection, selectors.EVENT_READ)
        connection.sendall(b"%d\n" % child)
        return None

    def _let_go(self, connection: socket.socket) -> None:
        """What is the parent's alone; afterwards signals do what they do in any process."""
        signal.set_wakeup_fd(-1)
        for number in STOPS:
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
        self._waiting.close()
        for one in (self._listener, self._ended, self._waker, connection, *self._children):
            one.close()

    def _bury(self) -> None:
        """Says each child's exit code, which is negative for the signal it died of."""
        for connection, child in list(self._children.items()):
            pid, status = os.waitpid(child, os.WNOHANG)
            if pid:
                self._say_the_end(connection, os.waitstatus_to_exitcode(status))

    def _say_the_end(self, connection: socket.socket, code: int) -> None:
        if connection in self._waiting.get_map():
            self._waiting.unregister(connection)
            connection.sendall(b"%d\n" % code)
        connection.close()
        del self._children[connection]

    def _end(self) -> None:
        for child in self._children.values():
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def place_descriptors(received: dict[int, int]) -> None:
    """Each at the number where its sender has it."""
    beyond = max(*received, *received.values(), 2) + 1
    for number, fd in received.items():
        os.dup2(fd, beyond + number)
        os.close(fd)
    for number in received:
        os.dup2(beyond + number, number)
        os.close(beyond + number)


def warm_up() -> None:
    """Imports every command, and builds both servers once, in a folder that is thrown away."""
    for place in PLACES.values():
        import_module(place.where.partition(":")[0])
    import_module("cli.generated_keys")
    import_module("mcp.server.mcpserver")
    with tempfile.TemporaryDirectory() as folder:
        place = {"data_dir": Path(folder), "master_key": "A" * 43}
        auth_server.app.create_app(auth_server.settings.Settings(**place))
        resource_server.app.create_app(resource_server.settings.Settings(**place))
    gc.collect()
    gc.freeze()  # a child's collections would copy every page they walk through


def become(asked: dict[str, Any], python: str) -> None:
    """`python -m cli`, or `python -m` what is named, in a session of its own."""
    os.setsid()
    os.environ.clear()
    os.environ.update(asked["environment"])
    os.chdir(asked["folder"])
    sys.executable = python
    sys.argv = ["ostiary", *asked["arguments"]]
    sys.stdin, sys.stdout = os.fdopen(0), os.fdopen(1, "w")
    sys.stderr = os.fdopen(2, "w", buffering=1)
    if asked["arguments"][:1] == ["-m"]:
        runpy.run_module(asked["arguments"][1], run_name="__main__", alter_sys=True)
    else:
        app(prog_name="ostiary")


def main(place: str, python: str) -> None:
    """Warms up, says so in one line, and serves the socket at `place`."""
    said = os.dup(1)
    os.dup2(2, 1)
    warm_up()
    zygote = Zygote(place)
    os.write(said, b"ready\n")
    os.close(said)
    asked = zygote.serve()
    if asked is not None:
        become(asked, python)


if __name__ == "__main__":
    main(*sys.argv[1:])
