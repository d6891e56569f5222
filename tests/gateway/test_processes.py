"""Servers that are processes: none is left behind, with what it started, and there are never more than allowed."""

import json
import os
import signal
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
from resource_server.gateway.last_words import LastWords
from resource_server.gateway.processes import NoRoomError, ProcessEndedError, Processes, environment_of
from resource_server.gateway.transports import KEPT
from resource_server.gateway.upstream import Secrets
from tests.doors import wait_until
from tests.gateway.conftest import BARE
from tests.gateway.test_changes import is_running

STUBBORN = (*BARE, "stubborn")
ENVIRONMENT = environment_of(KEPT, {})

KEEPER = f"""
import subprocess, sys
sys.path.insert(0, {str(Path(module.__file__).parent)!r})
from warden import Warden
child = subprocess.Popen({list(STUBBORN)!r}, stdin=subprocess.PIPE, start_new_session=True)
Warden().watch(child.pid)
child.stdin.write(b'{{"jsonrpc": "2.0", "id": 1, "method": "tools/call"}}\\n')
child.stdin.flush()
child.wait()
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
        async with processes.run(), opened(processes, STUBBORN) as talk:
            return await numbers(talk)

    process, child = anyio.run(run)
    assert not is_running(process)
    wait_until(lambda: not is_running(child))


def test_when_the_server_is_killed_its_processes_and_their_children_are_killed() -> None:
    with subprocess.Popen([sys.executable, "-S", "-c", KEEPER], stdout=subprocess.PIPE, text=True) as keeper:
        assert keeper.stdout is not None
        told = json.loads(keeper.stdout.readline())["result"]["structuredContent"]
        process, child = told["process"], told["child"]
        assert is_running(process)
        assert is_running(child)
        keeper.kill()
    wait_until(lambda: not is_running(process) and not is_running(child))


def test_there_are_never_more_processes_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAITING_SECONDS", 0.05)

    async def run() -> None:
        processes = Processes(per_server=1, in_all=5)
        async with processes.run(), opened(processes, BARE):
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

        async with processes.run(), anyio.create_task_group() as tasks:
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
            processes.run(),
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


def test_a_warden_that_was_killed_is_replaced_when_there_is_more_to_watch() -> None:
    async def run() -> list[int]:
        processes = Processes(5, 5)
        async with processes.run(), opened(processes, BARE):
            [first] = wardens()
            os.kill(first, signal.SIGKILL)
            await anyio.to_thread.run_sync(partial(wait_until, lambda: first not in wardens()))
            async with opened(processes, BARE):
                return wardens()

    assert len(anyio.run(run)) == 1
    wait_until(lambda: not wardens())


def wardens() -> list[int]:
    """The numbers of this process's wardens."""
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    lines = {int(child): Path(f"/proc/{child}/cmdline").read_bytes() for child in children}
    return [child for child, line in lines.items() if b"warden.py" in line]  # that of a zombie is empty
