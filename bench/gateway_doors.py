"""Both servers of an installation for a bench, each in a process of its own, and an app that holds a real token."""

import multiprocessing
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe
from pathlib import Path

from bench.processes import MEASURED, OTHERS, take_core, wait_for
from cli.collecting import collect_seldom
from tests.doors import Doors, wait_until
from tests.gateway.conftest import Behind

ACT = "gateway:call"


@dataclass(frozen=True)
class Entered:
    """Where the gateway listens, and what an app's requests carry."""

    port: int
    headers: dict[str, str]


@contextmanager
def open_gateway(folder: Path, servers: Mapping[str, str]) -> Iterator[Entered]:
    """A gateway before servers, each a name and a URL; one app was given all their tools."""
    doors = Doors(folder, rate_limit_requests=10_000_000)
    pipes = [multiprocessing.Pipe() for _ in range(2)]
    targets = (_serve_resource, (doors, pipes[0][1])), (_serve_auth, (doors, pipes[1][1], servers))
    processes = [multiprocessing.Process(target=target, args=args, daemon=True) for target, args in targets]
    for process in processes:
        process.start()
    headers: dict[str, str] = pipes[1][0].recv()
    try:
        yield Entered(doors.resource_port, headers)
    finally:
        for (here, _), process in zip(pipes, processes, strict=True):
            here.send("stop")
            process.join(20)


def _serve_resource(doors: Doors, pipe: Pipe) -> None:
    take_core(MEASURED)
    doors.start_resource(until_fresh=False)
    collect_seldom()  # as `ostiary serve` does
    pipe.recv()
    doors.close()


def _serve_auth(doors: Doors, pipe: Pipe, servers: Mapping[str, str]) -> None:
    take_core(OTHERS)
    doors.start_auth()
    wait_for(doors.resource_port)
    wait_until(lambda: doors.health()["revocations"] == "fresh", 60)
    behind = Behind(doors)
    (first, url), *others = servers.items()
    behind.http(first, url)
    app = doors.person().connect(f"memory:read {ACT}", servers=(f"{first} *",))
    doors.edit(app, f"memory:read {ACT}", [{"type": "server", "server": "*", "tools": ["*"]}])
    for name, url in others:
        behind.http(name, url)
    pipe.send(app.headers)
    pipe.recv()
    doors.close()
