"""A process that has imported everything once and forks a serving child at each request.

The child is a real server process: the code of `ostiary serve`, real sockets, and a real SIGKILL ends it. Only the
second it takes to import the libraries is saved. As under `ostiary up`, the sockets belong to the parent, so that
clients who knock while no server lives wait in the queue. Speaks lines: `start auth FOLDER`, `kill auth`.
"""

import os
import signal
import sys
import threading
import traceback
from pathlib import Path
from typing import NoReturn

import auth_server.app  # noqa: F401 (imported here, so that children need not)
import resource_server.app  # noqa: F401 (the same)
from cli.serve import serve_auth, serve_mcp
from cli.sockets import listen

SERVE = {"auth": serve_auth, "mcp": serve_mcp}


def main(ports: dict[str, int]) -> None:
    """Serves the lines of standard input until it ends."""
    listening = {name: [one.detach() for one in listen("localhost", port)] for name, port in ports.items()}
    living, _held = os.pipe()  # its other end closes with this process, and a server ends with its standard input
    children: dict[str, int] = {}
    for line in sys.stdin:
        command, name, *folder = line.split()
        if command == "start":
            children[name] = fork(name, Path(folder[0]), listening[name], living)
            answer = str(children[name])
        else:
            os.kill(children[name], signal.SIGKILL)
            _, status = os.waitpid(children.pop(name), 0)
            answer = str(-os.waitstatus_to_exitcode(status))
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


def fork(name: str, data_dir: Path, fds: list[int], living: int) -> int:
    """The process id of a new server."""
    assert threading.active_count() == 1, "threads do not survive a fork"
    return os.fork() or become_server(name, data_dir, fds, living)


def become_server(name: str, data_dir: Path, fds: list[int], living: int) -> NoReturn:
    """`ostiary serve` with inherited sockets, as the supervisor starts it."""
    os.dup2(living, 0)
    os.dup2(2, 1)
    sys.stdin = os.fdopen(0)
    try:
        SERVE[name](data_dir=data_dir, fd=[os.dup(fd) for fd in fds])
    except BaseException:  # whatever ended the server belongs into the log
        traceback.print_exc()
    os._exit(1)


if __name__ == "__main__":
    main({"auth": int(sys.argv[1]), "mcp": int(sys.argv[2])})
