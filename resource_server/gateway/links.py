"""Open conversations with servers: one for each app of a person and server, opened when needed, closed when idle.

No two people share one, and no two apps: what a server keeps of a conversation, and what it asks, is that app's.
"""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import anyio
import structlog
from anyio.abc import TaskGroup
from mcp import MCPError
from mcp_types import CONNECTION_CLOSED

from resource_server.gateway.breaker import Breaker
from resource_server.gateway.conversation import Conversation, Front, Params, conversation
from resource_server.gateway.http_clients import HttpClients
from resource_server.gateway.transports import streams_to
from resource_server.gateway.upstream import Secrets, Upstream

OPENING_SECONDS = 15.0
IDLE_SECONDS = 300.0
MOST_OPEN = 200
"""So many conversations are open at once in one process; the one idle longest closes first."""

log = structlog.get_logger(__name__)


class UnreachableError(Exception):
    """The server does not answer; the text is a sentence for people."""


class CredentialWantedError(Exception):
    """The person has to enter a credential for this server first, or again."""


@dataclass(frozen=True)
class Viewer:
    """Whose conversation it is."""

    user_id: str
    client_id: str

    @property
    def owner(self) -> str:
        """As one text."""
        return f"{self.user_id} {self.client_id}"


Key = tuple[str, Viewer, str]
"""The server, whose conversation it is, and what the app said it can do when it began."""


@dataclass
class Link:
    """One conversation, kept by a task of its own."""

    upstream: Upstream
    used_at: float
    talk: Conversation | None = None
    failure: str = ""
    is_ready: anyio.Event = field(default_factory=anyio.Event)
    is_wanted_closed: anyio.Event = field(default_factory=anyio.Event)
    calls: int = 0


class Links:
    """Use it within `run`."""

    def __init__(
        self,
        clients: HttpClients,
        secrets_for: Callable[[Upstream, str], Secrets | None],
        list_changed: Callable[[str], None],
    ) -> None:
        self._clients = clients
        self._secrets_for = secrets_for
        self._list_changed = list_changed
        self._links: dict[Key, Link] = {}
        self._breakers: dict[tuple[str, str], Breaker] = {}
        self._tasks: TaskGroup | None = None

    @asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """The keepers' task group; at the end every conversation closes, and with it every process."""
        async with anyio.create_task_group() as tasks:
            self._tasks = tasks
            tasks.start_soon(self._close_idle)
            yield
            tasks.cancel_scope.cancel()

    async def request(
        self,
        upstream: Upstream,
        viewer: Viewer,
        method: str,
        params: Params,
        seconds: float,
        front: Front | None = None,
    ) -> dict[str, Any]:
        """The server's answer in this app's conversation.

        Raises MCPError as the server does, UnreachableError and CredentialWantedError.
        """
        with self._watched(upstream, viewer):
            link = await self._open(upstream, viewer, front)
            assert link.talk is not None  # noqa: S101 (a link that is open has one)
            link.calls += 1
            try:
                return await link.talk.request(method, params, seconds, front)
            finally:
                link.calls -= 1
                link.used_at = anyio.current_time()

    async def capabilities(self, upstream: Upstream, viewer: Viewer) -> Params:
        """What the server says it can do. Raises as `request` does."""
        with self._watched(upstream, viewer):
            link = await self._open(upstream, viewer, None)
            return link.talk.capabilities if link.talk is not None else {}

    async def is_modern(self, upstream: Upstream, viewer: Viewer, front: Front | None = None) -> bool:
        """Whether the server says what it needs instead of asking on the way. Raises as `request` does."""
        with self._watched(upstream, viewer):
            link = await self._open(upstream, viewer, front)
            return link.talk is not None and link.talk.is_modern

    @contextmanager
    def _watched(self, upstream: Upstream, viewer: Viewer) -> Iterator[None]:
        """Counts what the server leaves unanswered; an error of its own is an answer. Raises UnreachableError."""
        breaker = self._breakers.setdefault((upstream.id, viewer.user_id), Breaker())
        if (wait := breaker.seconds_closed(anyio.current_time())) > 0:
            raise UnreachableError(f"{upstream.name} did not answer lately; the next try is in {wait:.0f} seconds.")
        try:
            yield
        except UnreachableError:
            breaker.failed(anyio.current_time())
            raise
        except MCPError as error:
            if error.code != CONNECTION_CLOSED:
                breaker.worked()
                raise
            self.close(upstream.id, viewer)
            breaker.failed(anyio.current_time())
            raise UnreachableError(f"{upstream.name} ended the connection.") from error
        breaker.worked()

    def close(self, server_id: str, viewer: Viewer | None = None) -> None:
        """Ends the conversations with a server, or this app's alone: it or its credential changed."""
        for key in [key for key in self._links if key[0] == server_id and viewer in (None, key[1])]:
            self._end(key)

    def _end(self, key: Key) -> None:
        if (link := self._links.pop(key, None)) is not None:
            link.is_wanted_closed.set()

    async def _open(self, upstream: Upstream, viewer: Viewer, front: Front | None) -> Link:
        key = self._key(upstream, viewer, front)
        link = self._links.get(key)
        if link is not None and link.upstream != upstream:
            self._end(key)
            link = None
        if link is None:
            secrets = await anyio.to_thread.run_sync(self._secrets_for, upstream, viewer.user_id)
            if secrets is None:
                raise CredentialWantedError(upstream.name)
            link = self._links.get(key) or self._begin(key, upstream, secrets, front)
        with anyio.move_on_after(OPENING_SECONDS):
            await link.is_ready.wait()
        if link.talk is None or link.failure:
            self._end(key)
            raise UnreachableError(link.failure or f"{upstream.name} did not answer in {OPENING_SECONDS:.0f} seconds.")
        return link

    def _key(self, upstream: Upstream, viewer: Viewer, front: Front | None) -> Key:
        """An older server is told once what the app can do, so another ability is another conversation."""
        able = json.dumps(front.capabilities, sort_keys=True) if front is not None else ""
        for key, link in self._links.items():
            is_same = front is None or key[2] == able or (link.talk is not None and link.talk.is_modern)
            if key[:2] == (upstream.id, viewer) and is_same:
                return key
        return upstream.id, viewer, able

    def _begin(self, key: Key, upstream: Upstream, secrets: Secrets, front: Front | None) -> Link:
        assert self._tasks is not None  # noqa: S101 (used within run)
        self._make_room()
        link = self._links[key] = Link(upstream, anyio.current_time())
        self._tasks.start_soon(self._keep, link, secrets, front.capabilities if front is not None else {})
        return link

    async def _keep(self, link: Link, secrets: Secrets, capabilities: Params) -> None:
        """A conversation is opened, used and closed by one task, as its cancel scopes demand."""
        try:
            async with (
                streams_to(link.upstream, secrets, self._clients) as streams,
                conversation(streams, capabilities, partial(self._list_changed, link.upstream.id)) as talk,
            ):
                link.talk = talk
                link.is_ready.set()
                await link.is_wanted_closed.wait()
        except Exception as error:
            link.failure = _explained(link.upstream, error)
            log.info("upstream_failed", server=link.upstream.name, error=type(_first(error)).__name__)
        finally:
            link.is_ready.set()

    def _make_room(self) -> None:
        idle = [key for key, link in self._links.items() if not link.calls]
        idle.sort(key=lambda key: self._links[key].used_at)
        for key in idle[: max(0, len(self._links) - MOST_OPEN + 1)]:
            self._end(key)

    async def _close_idle(self) -> None:
        while True:
            await anyio.sleep(IDLE_SECONDS / 10)
            for key, link in list(self._links.items()):
                if not link.calls and anyio.current_time() - link.used_at > IDLE_SECONDS:
                    self._end(key)


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _explained(upstream: Upstream, error: BaseException) -> str:
    cause = _first(error)
    if isinstance(cause, FileNotFoundError):
        return f"{upstream.name}: there is no program {upstream.command[0]!r}."
    if isinstance(cause, MCPError):
        return f"{upstream.name} answers, but not as an MCP server."
    return f"{upstream.name} cannot be reached."
