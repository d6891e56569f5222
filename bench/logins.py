"""What everybody else feels while people sign in as fast as they may: other routes' times with and without it.

    .venv/bin/python -m bench.logins [seconds]

Each sign-in is an argon2 hash of 64 MiB; as many run at once as there are cores, a few wait, the rest are told to come
back. The metadata and a refused token request are what apps ask for meanwhile. Read the ratios: machines are noisy.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import Pipe, Process
from multiprocessing.connection import Connection as PipeEnd
from pathlib import Path
from statistics import median, quantiles

from bench.wire import Job, Wire
from shared.logging import configure_logging
from tests.auth_harness import AuthHarness, auth_settings
from tests.consent_form import form_fields
from tests.servers import RunningServer, free_port

SIGNING_IN = 16
QUIET = 0.02
"""Seconds between two questions of the one who feels it: at low load its own waiting is not what is measured."""


async def times(ask: Job, seconds: float) -> list[float]:
    """Milliseconds of each question, one after the other."""
    found, deadline = [], time.perf_counter() + seconds
    while time.perf_counter() < deadline:
        begun = time.perf_counter()
        await ask()
        found.append((time.perf_counter() - begun) * 1000)
        await asyncio.sleep(QUIET)
    return found


async def sign_in_for_ever(port: int, host: str, statuses: dict[int, int]) -> None:
    """Wrong passwords, which cost what right ones do."""
    wire = await Wire(port, {"Host": host, "Origin": f"http://{host}"}).open()
    page = await wire.get("/login")
    fields = form_fields(page.body.decode(), "/login") | {"email": ["ada@example.org"], "password": ["not hers"]}
    while True:
        answer = await wire.post("/login", fields)
        statuses[answer.status] = statuses.get(answer.status, 0) + 1
        if answer.status == 503:
            await asyncio.sleep(0.1)


async def measure(port: int, host: str, seconds: float) -> None:
    """Prints a table."""
    wire = await Wire(port, {"Host": host}).open()
    form = wire.form("/token", {"grant_type": "refresh_token", "client_id": "cli_unknown", "refresh_token": "rt_x"})

    async def metadata() -> None:
        await wire.get("/.well-known/oauth-authorization-server")

    async def token() -> None:
        await wire.send(form)

    asked = {"metadata": metadata, "token, refused": token}
    alone = {name: await times(ask, seconds) for name, ask in asked.items()}
    statuses: dict[int, int] = {}
    crowd = [asyncio.create_task(sign_in_for_ever(port, host, statuses)) for _ in range(SIGNING_IN)]
    await asyncio.sleep(1)
    beside = {name: await times(ask, seconds) for name, ask in asked.items()}
    for task in crowd:
        task.cancel()
    print(f"{'milliseconds':16}{'p50 alone':>10}{'beside':>10}{'ratio':>8}{'p99 alone':>12}{'beside':>10}{'ratio':>8}")
    for name in asked:
        one, two = alone[name], beside[name]
        half, most = (median(one), median(two)), (quantiles(one, n=100)[98], quantiles(two, n=100)[98])
        print(f"{name:16}{half[0]:10.1f}{half[1]:10.1f}{half[1] / half[0]:8.1f}", end="")
        print(f"{most[0]:12.1f}{most[1]:10.1f}{most[1] / most[0]:8.1f}")
    print(f"sign-ins meanwhile, by status: {dict(sorted(statuses.items()))}")


@contextmanager
def serving() -> Iterator[tuple[int, str]]:
    """The authorization server in a process of its own: its port and Host."""
    here, there = Pipe()
    process = Process(target=_serve, args=(there,), daemon=True)
    process.start()
    yield here.recv()
    here.send("stop")
    process.join(20)


def _serve(pipe: PipeEnd) -> None:
    configure_logging("ERROR", "bench")
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        host = f"localhost:{port}"
        generous = {"login_attempts": 10_000_000, "master_key": "A" * 43}
        auth = AuthHarness(auth_settings(Path(folder), issuer=f"http://{host}", **generous))
        auth.create_user()
        running = RunningServer(auth.app, port)
        pipe.send((port, host))
        pipe.recv()
        running.stop()


if __name__ == "__main__":
    with serving() as (port, host):
        asyncio.run(measure(port, host, float(sys.argv[1]) if len(sys.argv) > 1 else 5.0))
