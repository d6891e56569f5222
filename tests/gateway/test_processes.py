"""Servers that are processes: none is left behind, with what it started, and there are never more than allowed."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import anyio
import pytest

from resource_server.gateway import processes as module
from resource_server.gateway.conversation import Conversation, conversation
from resource_server.gateway.explanation import cause_of
from resource_server.gateway.last_words import LONGEST_LINE, LastWords
from resource_server.gateway.processes import NoRoomError, ProcessEndedError, Processes, environment_of
from resource_server.gateway.transports import KEPT
from resource_server.gateway.upstream import Secrets
from tests.doors import wait_until
from tests.gateway.conftest import BARE
from tests.gateway.test_changes import is_running

STUBBORN = (*BARE, "stubborn")
ENVIRONMENT = environment_of(KEPT, {})
PROCESSES = 8

KEEPER = f"""
import anyio
from resource_server.gateway.last_words import LONGEST_LINE, LastWords
from resource_server.gateway.processes import Processes
from resource_server.gateway.upstream import Secrets
from tests.gateway.test_processes import numbers, opened
async def run():
    async with opened(Processes(1, 1), {STUBBORN!r}) as talk:
        print(*await numbers(talk), flush=True)
        await anyio.sleep_forever()
anyio.run(run)
"""

ESCAPING = """
import os, sys, time
def escape():
    # Twice out of its group, away from its parent, with nothing in its environment to know it by.
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.setsid()
            os.write(1, b'{"jsonrpc": "2.0", "method": "escaped", "params": {"pid": %d}}\\n' % os.getpid())
            os.execve(sys.executable, [sys.executable, "-S", "-c", CHILD], {})
        os._exit(0)
    os.wait()
CHILD = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
escape()
"""


@asynccontextmanager
async def opened(processes: Processes, command: tuple[str, ...]) -> AsyncIterator[Conversation]:
    """A conversation with a new process."""
    said = LastWords(Secrets())
    async with processes.open("srv_1", command, ENVIRONMENT, said) as streams, conversation(streams, {}) as talk:
        yield talk


async def numbers(talk: Conversation) -> tuple[int, int]:
    """Those of the process and its child."""
    answer = await talk.request("tools/call", {"name": "process", "arguments": {}}, 10.0)
    return answer["structuredContent"]["process"], answer["structuredContent"]["child"]


def test_a_process_that_ignores_its_end_is_killed_with_its_child() -> None:
    """MCP, lifecycle, shutdown; what it started goes with it."""

    async def run() -> tuple[int, int]:
        processes = Processes(1, 1)
        async with opened(processes, STUBBORN) as talk:
            return await numbers(talk)

    process, child = anyio.run(run)
    assert not is_running(process)
    wait_until(lambda: not is_running(child))


def test_when_the_server_is_killed_its_processes_and_their_children_are_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", KEEPER], stdout=subprocess.PIPE, text=True) as keeper:
        assert keeper.stdout is not None
        process, child = map(int, keeper.stdout.readline().split())
        assert is_running(process)
        assert is_running(child)
        keeper.kill()
    wait_until(lambda: not is_running(process) and not is_running(child))


@pytest.mark.skipif(sys.platform != "linux", reason="only there a warden finds what left its group")
@pytest.mark.parametrize("then", ["import time; time.sleep(600)", "sys.exit(5)"])
def test_what_leaves_its_group_and_its_parent_is_ended_too(then: str) -> None:
    """prctl(2), PR_SET_CHILD_SUBREAPER: an orphan comes to the warden."""

    async def run() -> int:
        command = (sys.executable, "-S", "-c", f"{ESCAPING}\n{then}")
        async with Processes(1, 1).open("srv_1", command, ENVIRONMENT, LastWords(Secrets())) as (arriving, _):
            told = await arriving.receive()
            pid = int(told.message.params["pid"])
            assert is_running(pid)
            return pid

    escaped = anyio.run(run)
    wait_until(lambda: not is_running(escaped))


def test_no_zombie_and_no_file_descriptor_is_left() -> None:
    async def run() -> tuple[int, int]:
        processes, before = Processes(1, 1), open_files()
        for _ in range(PROCESSES):
            async with opened(processes, BARE) as talk:
                await numbers(talk)
        return before, open_files()

    before, after = anyio.run(run)
    assert after < before + PROCESSES, "each leaves one at least"
    assert wardens() == []


def test_whoever_floods_its_error_stream_waits_and_costs_no_memory() -> None:
    script = "import os\nwhile True: os.write(2, b'x' * 65536)"
    said = LastWords(Secrets())

    async def run() -> None:
        async with Processes(1, 1).open("srv_1", (sys.executable, "-S", "-c", script), ENVIRONMENT, said):
            await anyio.sleep(0.3)

    before = resident_kilobytes()
    anyio.run(run)
    assert resident_kilobytes() - before < 20_000
    assert all(len(line) <= LONGEST_LINE for line in said.lines)


def open_files() -> int:
    """How many file descriptors this process has."""
    return len(list(Path("/proc/self/fd").iterdir()))


def resident_kilobytes() -> int:
    """Of this process (proc(5), /proc/pid/status)."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])


def test_there_are_never_more_processes_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAITING_SECONDS", 0.05)

    async def run() -> None:
        processes = Processes(per_server=1, in_all=5)
        async with opened(processes, BARE):
            with pytest.raises(NoRoomError):
                async with opened(processes, BARE):
                    pass

    anyio.run(run)


def test_one_that_waits_gets_the_room_of_one_that_ends() -> None:
    async def run() -> list[str]:
        processes, order = Processes(1, 1), []
        wants_end, is_open = anyio.Event(), anyio.Event()

        async def first() -> None:
            async with opened(processes, BARE):
                is_open.set()
                await wants_end.wait()
            order.append("first ended")

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(first)
            await is_open.wait()
            tasks.start_soon(partial(_open_and_note, processes, order))
            wants_end.set()
        return order

    assert anyio.run(run) == ["first ended", "second opened"]


async def _open_and_note(processes: Processes, order: list[str]) -> None:
    async with opened(processes, BARE):
        order.append("second opened")


def test_a_process_that_ends_at_once_is_told_by_its_code_and_its_last_words_without_secrets() -> None:
    script = "import os, sys; sys.stderr.write('no use for ' + os.environ['KEY'] + '\\n\\x1b[31mred'); sys.exit(7)"
    said = LastWords(Secrets({"KEY": "Bearer very-secret"}))

    async def run() -> None:
        environment = environment_of(KEPT, {"KEY": "very-secret"})
        command = (sys.executable, "-c", script)
        processes = Processes(1, 1)
        async with (
            processes.open("srv_1", command, environment, said) as streams,
            conversation(streams, {}),
        ):
            pass

    with pytest.raises(ExceptionGroup) as ended:
        anyio.run(run)
    cause = cause_of(ended.value)
    assert isinstance(cause, ProcessEndedError)
    assert cause.code == "code 7"
    assert list(said.lines) == ["no use for …", " [31mred"]


def wardens() -> list[int]:
    """The numbers of this process's wardens."""
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    lines = {int(child): Path(f"/proc/{child}/cmdline").read_bytes() for child in children}
    return [child for child, line in lines.items() if b"warden.py" in line]  # that of a zombie is empty
