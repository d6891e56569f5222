"""Servers that are processes on this host: how many there are, how they are spoken to, and that none outlives us."""

import os
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import anyio
from anyio.abc import Process
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.shared.message import SessionMessage

from resource_server.gateway.flow import Flow
from resource_server.gateway.guarded_process import GONE, GuardedProcess, guarded
from resource_server.gateway.last_words import LastWords
from resource_server.gateway.limits import MEGABYTE
from resource_server.gateway.message_lines import MessageLines

WAITING_SECONDS = 10.0
"""So long a new process waits for room."""
NOTICED_SECONDS = 0.3
"""So soon after its streams the end of a process is noticed."""
BYTES_PER_SECOND, SAID_BYTES_PER_SECOND = 16.0 * MEGABYTE, 1.0 * MEGABYTE
"""Of its output and its error stream: what writes faster, waits."""

Arriving = MemoryObjectSendStream[SessionMessage | Exception]


class NoRoomError(Exception):
    """As many processes as are allowed are at work."""


class ProcessEndedError(Exception):
    """The process ended by itself; `code` says how."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Processes:
    """All that one gateway starts; use it within `run`. A message of `most_bytes` is the longest that is taken."""

    def __init__(self, per_server: int, in_all: int, most_bytes: int = 4 * MEGABYTE) -> None:
        self.per_server, self.in_all = per_server, in_all
        self._most_bytes = most_bytes
        self._running: dict[str, int] = {}
        self._changed = anyio.Event()

    @asynccontextmanager
    async def open(
        self, server_id: str, command: Sequence[str], environment: Mapping[str, str], said: LastWords
    ) -> AsyncIterator[tuple[Any, Any]]:
        """Streams to a new process in a session of its own, which ends with all that it started.

        Raises NoRoomError, OSError, and ProcessEndedError where the process ends by itself and an error follows.
        """
        _check_program(command[0], environment)
        await self._wait_for_room(server_id)
        with self._counted(server_id):
            async with (
                guarded(command, environment) as process,
                _streams(process, said, self._most_bytes) as streams,
            ):
                yield streams

    async def _wait_for_room(self, server_id: str) -> None:
        with anyio.move_on_after(WAITING_SECONDS):
            while self._is_full(server_id):
                await self._changed.wait()
        if self._is_full(server_id):
            raise NoRoomError

    def _is_full(self, server_id: str) -> bool:
        return self._running.get(server_id, 0) >= self.per_server or sum(self._running.values()) >= self.in_all

    @contextmanager
    def _counted(self, server_id: str) -> Any:
        self._running[server_id] = self._running.get(server_id, 0) + 1
        try:
            yield
        finally:
            self._running[server_id] -= 1
            if not self._running[server_id]:
                del self._running[server_id]
            self._changed.set()
            self._changed = anyio.Event()


@asynccontextmanager
async def _streams(process: GuardedProcess, said: LastWords, most_bytes: int) -> AsyncIterator[tuple[Any, Any]]:
    arriving_in, arriving = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    leaving, leaving_out = anyio.create_memory_object_stream[SessionMessage](0)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_read, process.child, arriving_in, MessageLines(most_bytes))
        tasks.start_soon(_write, process.child, leaving_out)
        tasks.start_soon(_listen, process.child, said)
        try:
            yield arriving, leaving
        except Exception as error:
            if await process.has_ended(NOTICED_SECONDS):
                raise ProcessEndedError(_told(process.child.returncode)) from error
            raise
        finally:
            with anyio.CancelScope(shield=True):
                arriving.close()
                leaving.close()
                await process.end()
            tasks.cancel_scope.cancel()


async def _read(child: Process, arriving: Arriving, lines: MessageLines) -> None:
    """A JSON-RPC message a line (MCP, stdio). Raises TooMuchError for a line that does not end."""
    assert child.stdout is not None  # noqa: S101 (opened with pipes)
    flow = Flow(BYTES_PER_SECOND)
    async with arriving:
        with suppress(*GONE):
            async for chunk in child.stdout:
                for message in lines.heard(chunk):
                    await arriving.send(message)
                await flow.take(len(chunk))


async def _write(child: Process, leaving: MemoryObjectReceiveStream[SessionMessage]) -> None:
    assert child.stdin is not None  # noqa: S101 (opened with pipes)
    with suppress(*GONE):
        async with leaving:
            async for message in leaving:
                line = message.message.model_dump_json(by_alias=True, exclude_unset=True)
                await child.stdin.send(line.encode() + b"\n")


async def _listen(child: Process, said: LastWords) -> None:
    assert child.stderr is not None  # noqa: S101 (opened with pipes)
    flow = Flow(SAID_BYTES_PER_SECOND)
    with suppress(*GONE):
        async for chunk in child.stderr:
            said.hear(chunk)
            await flow.take(len(chunk))
    said.end()


def _check_program(program: str, environment: Mapping[str, str]) -> None:
    """Raises what starting it would raise."""
    if shutil.which(program, path=environment.get("PATH")) is None:
        is_there = "/" in program and Path(program).exists()
        raise PermissionError(program) if is_there else FileNotFoundError(program)


def _told(code: int | None) -> str:
    return f"signal {-code}" if code is not None and code < 0 else f"code {code}"


def environment_of(kept: Sequence[str], given: Mapping[str, str]) -> dict[str, str]:
    """What a process finds: those of our own variables that are named, and what is given."""
    return {name: os.environ[name] for name in kept if name in os.environ} | dict(given)
