"""A process that has imported everything once and forks a serving child at each request.

The child is a real server process: the code of `ostiary serve`, real sockets, and a real SIGKILL ends it. Only what
the libraries do once a process is saved: their imports, and what they compile at the first start. As under `ostiary
up`, the sockets belong to the parent, so that clients who knock while no server lives wait in the queue. Speaks lines:
`start auth FOLDER`, `kill auth`.
"""

import gc
import os
import signal
import sys
import tempfile
import threading
import traceback
from pathlib import Path
from typing import NoReturn

import auth_server.app
import auth_server.settings
import resource_server.app
import resource_server.settings
from cli.serve import serve_auth, serve_mcp
from cli.sockets import listen
from shared.logging import configure_logging

SERVE = {"auth": serve_auth, "mcp": serve_mcp}


def main(ports: dict[str, int]) -> None:
    """Serves the lines of standard input until it ends."""
    configure_logging("INFO", "zygote")  # standard output speaks lines of its own
    warm_up()
    listening = {name: [one.detach() for one in listen("localhost", port)] for name, port in ports.items()}
    pipe = os.pipe()  # a server ends with its standard input, and that ends with this process
    children: dict[str, int] = {}
    for line in sys.stdin:
        command, name, *folder = line.split()
        if command == "start":
            children[name] = fork(name, Path(folder[0]), listening[name], pipe)
            answer = children[name]
        else:
            answer = end(children.pop(name))
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()
    for child in children.values():
        end(child)


def warm_up() -> None:
    """Builds both servers once, in a folder that is thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        place = {"data_dir": Path(folder), "master_key": "A" * 43}
        auth_server.app.create_app(auth_server.settings.Settings(**place))
        resource_server.app.create_app(resource_server.settings.Settings(**place))
    gc.collect()
    gc.freeze()  # a child's collections would copy every page they walk through


def end(child: int) -> int:
    """Kills and buries; the number of the signal it died of, negative or 0 if it had ended by itself."""
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return -os.waitstatus_to_exitcode(status)


def fork(name: str, data_dir: Path, fds: list[int], pipe: tuple[int, int]) -> int:
    """The process id of a new server."""
    assert threading.active_count() == 1, "threads do not survive a fork"
    return os.fork() or become_server(name, data_dir, fds, pipe)


def become_server(name: str, data_dir: Path, fds: list[int], pipe: tuple[int, int]) -> NoReturn:
    """`ostiary serve` with inherited sockets, as the supervisor starts it."""
    reading, held = pipe
    os.close(held)
    os.dup2(reading, 0)
    os.dup2(2, 1)
    sys.stdin = os.fdopen(0)
    try:
        SERVE[name](data_dir=data_dir, fd=[os.dup(fd) for fd in fds])
    except BaseException:  # whatever ended the server belongs into the log
        traceback.print_exc()
    os._exit(1)


if __name__ == "__main__":
    main({"auth": int(sys.argv[1]), "mcp": int(sys.argv[2])})
