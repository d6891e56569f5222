"""Servers that hang, crash, lie and flood, and servers that do not: nothing leaks, and no answer is another's."""

import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import anyio
import pytest
from sqlmodel import select

from auth_server.keys.api_keys import KeyDraft, create_key
from auth_server.models import User
from resource_server.gateway.warden import descendants
from shared.authorization_details import parse_details
from shared.database import open_engine, unit_of_work
from shared.scopes import parse_scope
from tests.doors import MASTER_KEY, wait_until
from tests.gateway.conftest import ROGUE, Behind
from tests.gateway.soak.processes import Held, held_by
from tests.gateway.soak.traffic import Seen, Traffic
from tests.gateway.test_changes import is_running
from tests.gateway.test_tools import EVERYTHING, answered
from tests.installation import Installation
from tests.key_holders import KeyHolder
from tests.servers import free_port

MINUTES = float(os.environ.get("OSTIARY_TEST_SOAK_MINUTES", "2"))
PEOPLE, APPS_EACH = 5, 2
GOOD = ("good", "good-io")
BAD = ("bad-modern", "bad-old", "bad-json", "bad-sse", "bad-io", "bad-bomb", "bad-many")
GOOD_SECONDS, MOST_SECONDS, LIST_SECONDS = 3.0, 15.0, 15.0
"""Within which good servers answer: nearly always, always; and within which every list is there."""

SETTLING_SECONDS = 20.0
MOST_PROCESSES, PROCESSES_EACH, FILES_EACH = 30, 2, 5
"""Each server that is a process has a warden; three pipes lead to them, one holds them, one tells of their end."""

SETTINGS = {
    "OSTIARY_MASTER_KEY": MASTER_KEY,
    "OSTIARY_RESOURCE_UPSTREAM_CALL_SECONDS": "3",
    "OSTIARY_RESOURCE_UPSTREAM_MAX_RESULT": str(1024 * 1024),
    "OSTIARY_RESOURCE_UPSTREAM_PROCESSES": str(MOST_PROCESSES),
    "OSTIARY_RESOURCE_UPSTREAM_PROCESSES_PER_SERVER": "12",
}
SECRET = f"key-{secrets.token_hex(8)}"

pytestmark = [pytest.mark.thorough, pytest.mark.timeout(240 + MINUTES * 90)]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Installation]:
    """Both servers as processes of their own."""
    with Installation(tmp_path, **SETTINGS) as running:
        yield running


@contextmanager
def rogue_process() -> Iterator[str]:
    """The origin of a server over HTTP in a process of its own."""
    port = free_port()
    with subprocess.Popen([sys.executable, "-m", "tests.gateway.rogue_http", str(port)]) as process:
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


@pytest.fixture
def servers(place: Installation) -> Iterator[Behind]:
    """Good ones and bad ones, by every way."""
    behind = Behind(place)  # type: ignore[arg-type]
    with rogue_process() as good, rogue_process() as bad:
        behind.http("good", f"{good}/modern", secrets={"X-Key": SECRET})
        behind.stdio("good-io", ROGUE, secrets={"KEY": SECRET})
        behind.stdio("bad-io", ROGUE, secrets={"KEY": SECRET})
        behind.sse("bad-sse", f"{bad}/sse")
        for way in ("modern", "old", "json", "bomb", "many"):
            behind.http(f"bad-{way}", f"{bad}/{way}", secrets={"X-Key": SECRET})
        yield behind
        behind.close()


def test_nothing_leaks_and_nobody_gets_anothers_answer(
    place: Installation, servers: Behind, record_property: Callable[[str, object], None]
) -> None:
    apps = [key for _ in range(PEOPLE) for key in keys_of(place, APPS_EACH)]
    wait_until(lambda: not any(answered(apps[0], f"{name}__echo", nonce="first").get("isError") for name in GOOD), 60)
    pid, traffic = place.processes["mcp"].pid, Traffic(apps, GOOD, BAD)
    anyio.run(traffic.run, MINUTES * 60 * 0.4)
    warm = held_by(pid)
    anyio.run(traffic.run, MINUTES * 60 * 0.6)
    after = settled(pid, warm)
    record_property("held after warm-up", str(warm))
    record_property("held at the end", str(after))
    report(traffic.seen, warm, after)
    assert not leaks(warm, after)
    assert_all_came_out_right(traffic.seen)
    below = descendants(pid)
    assert below, "no process was running"
    place.close()
    wait_until(lambda: not any(is_running(one) for one in below))
    log = place.log_file("mcp").read_text()
    assert SECRET not in log
    assert "nonce-" not in log
    assert "Traceback" not in log, log[log.index("Traceback") :][:3000]
    assert servers.upstreams.named("good") is not None


def settled(pid: int, before: Held) -> Held:
    """What is held when the last call is over for a while."""
    deadline, pause = time.monotonic() + SETTLING_SECONDS, threading.Event()
    while leaks(before, held_by(pid)) and time.monotonic() < deadline:
        pause.wait(0.5)
    return held_by(pid)


def leaks(before: Held, after: Held) -> bool:
    """Whether more is held than before, but for what comes and goes: conversations, most of all with processes."""
    started = max(0, after.below - before.below) // PROCESSES_EACH
    return (
        after.files > before.files + FILES_EACH * started + 25
        or after.threads > before.threads + 10
        or after.below > MOST_PROCESSES * PROCESSES_EACH
        or after.memory > before.memory * 1.2 + 50_000
    )


def assert_all_came_out_right(seen: Seen) -> None:
    """Every answer its own call's; good servers and lists in time all the while."""
    assert seen.wrong == []
    in_order = sorted(seen.good_seconds)
    assert len(in_order) > 50
    assert in_order[int(len(in_order) * 0.95)] < GOOD_SECONDS
    assert in_order[-1] < MOST_SECONDS
    assert max(seen.list_seconds, default=0.0) < LIST_SECONDS


def report(seen: Seen, warm: Held, after: Held) -> None:
    """For who runs it by hand."""
    in_order = sorted(seen.good_seconds)
    sys.stdout.write(f"{sum(seen.outcomes.values())} calls; {warm} then {after}\n")
    sys.stdout.write(f"good: {len(in_order)}, median {in_order[len(in_order) // 2]:.3f} s, ")
    sys.stdout.write(f"95 % {in_order[int(len(in_order) * 0.95)]:.3f} s, most {in_order[-1]:.3f} s; ")
    sys.stdout.write(f"lists: {len(seen.list_seconds)}, most {max(seen.list_seconds, default=0):.3f} s\n")
    for outcome, number in sorted(seen.outcomes.items()):
        sys.stdout.write(f"  {outcome}: {number}\n")
    for line in seen.wrong[:30]:
        sys.stdout.write(f"WRONG {line}\n")


def keys_of(place: Installation, number: int) -> list[KeyHolder]:
    """So many apps of a new person, which may call everything."""
    email = place.person().email
    engine = open_engine(f"sqlite:///{place.data_dir / 'auth.db'}")
    scope, details = parse_scope("gateway:call"), parse_details([EVERYTHING])
    with unit_of_work(engine) as session:
        owner = session.exec(select(User).where(User.email == email)).one()
        made = [create_key(session, owner, KeyDraft(f"app {one}", scope, details, None)) for one in range(number)]
        holders = [KeyHolder(place.mcp_url, one.secret, one.key.id) for one in made]
    engine.dispose()
    return holders
