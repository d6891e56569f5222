"""Servers that are processes on this host: how many there are, how they are spoken to, and that none outlives us."""

import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from typing import Any

import anyio
import mcp_types
from anyio.abc import Process
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.os.posix.utilities import terminate_posix_process_tree
from mcp.shared.message import SessionMessage

from resource_server.gateway.last_words import LastWords
from resource_server.gateway.warden import Warden

WAITING_SECONDS = 10.0
"""So long a new process waits for room."""
LEAVING_SECONDS, DYING_SECONDS = 1.0, 1.5
"""How long a process may take to end once its input is closed, and once it was told to by SIGTERM; then SIGKILL."""
NOTICED_SECONDS = 0.3
"""So soon after its streams the end of a process is noticed."""
POLL_SECONDS = 0.01
LONGEST_LINE = 16 * 1024 * 1024

Arriving = MemoryObjectSendStream[SessionMessage | Exception]
GONE = (anyio.BrokenResourceError, anyio.ClosedResourceError, anyio.EndOfStream, OSError)


class NoRoomError(Exception):
    """As many processes as are allowed are at work."""


class ProcessEndedError(Exception):
    """The process ended by itself; `code` says how."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Processes:
    """All that one gateway starts; use it within `run`."""

    def __init__(self, per_server: int, in_all: int) -> None:
        self.per_server, self.in_all = per_server, in_all
        self._warden = Warden()
        self._running: dict[str, int] = {}
        self._changed = anyio.Event()

    @asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """At the end nothing is watched any more."""
        try:
            yield
        finally:
            self._warden.dismiss()

    @asynccontextmanager
    async def open(
        self, server_id: str, command: Sequence[str], environment: Mapping[str, str], said: LastWords
    ) -> AsyncIterator[tuple[Any, Any]]:
        """Streams to a new process in a session of its own, which ends with all that it started.

        Raises NoRoomError, OSError, and ProcessEndedError where the process ends by itself and an error follows.
        """
        async with AsyncExitStack() as stack:
            await self._wait_for_room(server_id)
            stack.enter_context(self._counted(server_id))
            child = await anyio.open_process(list(command), env=dict(environment), start_new_session=True)
            self._warden.watch(child.pid)
            try:
                async with _streams(child, said) as streams:
                    yield streams
            finally:
                self._warden.let_go(child.pid)

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
async def _streams(child: Process, said: LastWords) -> AsyncIterator[tuple[Any, Any]]:
    arriving_in, arriving = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    leaving, leaving_out = anyio.create_memory_object_stream[SessionMessage](0)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_read, child, arriving_in)
        tasks.start_soon(_write, child, leaving_out)
        tasks.start_soon(_listen, child, said)
        try:
            yield arriving, leaving
        except Exception as error:
            if await _has_ended(child, NOTICED_SECONDS):
                raise ProcessEndedError(_told(child.returncode)) from error
            raise
        finally:
            with anyio.CancelScope(shield=True):
                arriving.close()
                leaving.close()
                await _end(child)
            tasks.cancel_scope.cancel()


async def _read(child: Process, arriving: Arriving) -> None:
    """A JSON-RPC message a line (MCP, stdio); a line that is none is told to whoever reads."""
    assert child.stdout is not None  # noqa: S101 (opened with pipes)
    buffer = bytearray()
    async with arriving:
        with suppress(*GONE):
            async for chunk in child.stdout:
                *lines, rest = (bytes(buffer) + chunk).split(b"\n") if b"\n" in chunk else (buffer + chunk,)
                buffer = bytearray(rest)
                for line in lines:
                    await arriving.send(_parsed(line))
                if len(buffer) > LONGEST_LINE:
                    return


async def _write(child: Process, leaving: MemoryObjectReceiveStream[SessionMessage]) -> None:
    assert child.stdin is not None  # noqa: S101 (opened with pipes)
    with suppress(*GONE):
        async with leaving:
            async for message in leaving:
                line = message.message.model_dump_json(by_alias=True, exclude_unset=True)
                await child.stdin.send(line.encode() + b"\n")


async def _listen(child: Process, said: LastWords) -> None:
    assert child.stderr is not None  # noqa: S101 (opened with pipes)
    with suppress(*GONE):
        async for chunk in child.stderr:
            said.hear(chunk)
    said.end()


def _parsed(line: bytes) -> SessionMessage | Exception:
    try:
        return SessionMessage(mcp_types.jsonrpc_message_adapter.validate_json(line, by_name=False))
    except ValueError as error:
        return error


async def _end(child: Process) -> None:
    """MCP, lifecycle, shutdown: its input is closed, then it is told to end, then it is made to, with its children."""
    assert child.stdin is not None  # noqa: S101 (opened with pipes)
    with suppress(*GONE):
        await child.stdin.aclose()
    await _has_ended(child, LEAVING_SECONDS)
    await terminate_posix_process_tree(child, DYING_SECONDS)
    with anyio.move_on_after(DYING_SECONDS), suppress(*GONE):
        await child.aclose()


async def _has_ended(child: Process, seconds: float) -> bool:
    """Asked again and again: to wait for it is to wait for its children, too, where they hold its pipes."""
    with anyio.move_on_after(seconds):
        while child.returncode is None:  # noqa: ASYNC110 (nothing tells it)
            await anyio.sleep(POLL_SECONDS)
    return child.returncode is not None


def _told(code: int | None) -> str:
    return f"signal {-code}" if code is not None and code < 0 else f"code {code}"


def environment_of(kept: Sequence[str], given: Mapping[str, str]) -> dict[str, str]:
    """What a process finds: those of our own variables that are named, and what is given."""
    return {name: os.environ[name] for name in kept if name in os.environ} | dict(given)
