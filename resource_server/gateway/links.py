"""Open conversations with servers: one for each app of a person and server, opened when needed, closed when idle.

No two people share one, and no two apps: what a server keeps of a conversation, and what it asks, is that app's.
"""

import json
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import anyio
import structlog
from anyio.abc import TaskGroup
from mcp import MCPError
from mcp_types import CONNECTION_CLOSED, REQUEST_TIMEOUT

from resource_server.gateway.breaker import Breaker
from resource_server.gateway.conversation import Conversation, Front, Params, conversation
from resource_server.gateway.explanation import cause_of, explained
from resource_server.gateway.failures import UnreachableError as UnreachableError
from resource_server.gateway.forwarding.forwarder import Forwarder, Request
from resource_server.gateway.last_words import LastWords
from resource_server.gateway.oauth.access import Access
from resource_server.gateway.oauth.errors import NotAnsweringError
from resource_server.gateway.oauth.noting import ending_as_noted, noting
from resource_server.gateway.oauth.persons_credential import PersonsCredential
from resource_server.gateway.transports import Ways
from resource_server.gateway.upstream import Secrets, Transport, Upstream
from resource_server.gateway.wanted import CredentialWantedError

OPENING_SECONDS = 15.0
IDLE_SECONDS = 300.0
MOST_OPEN = 200
"""So many conversations are open at once in one process; the one idle longest closes first."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Viewer:
    """Whose conversation it is."""

    user_id: str
    client_id: str
    session_id: str = ""
    """The session with servers of its own, where the app speaks within one."""

    @property
    def owner(self) -> str:
        """As one text."""
        return f"{self.user_id} {self.client_id} {self.session_id}".rstrip()


Key = tuple[str, Viewer, str]
"""The server, whose conversation it is, and what the app said it can do when it began."""


@dataclass
class Link:
    """One conversation, kept by a task of its own."""

    upstream: Upstream
    used_at: float
    talk: Conversation | None = None
    failure: str = ""
    problem: Exception | None = None
    is_ready: anyio.Event = field(default_factory=anyio.Event)
    is_wanted_closed: anyio.Event = field(default_factory=anyio.Event)
    calls: int = 0


class Links:
    """Use it within `run`."""

    def __init__(
        self,
        ways: Ways,
        access: Access,
        list_changed: Callable[[str], None],
        forwarder: Forwarder,
    ) -> None:
        self._forwarder = forwarder
        self._ways = ways
        self._access = access
        self._list_changed = list_changed
        self._links: dict[Key, Link] = {}
        self._breakers: dict[tuple[str, str], tuple[str, Breaker]] = {}
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
            if self._forwarder.takes(upstream, method):
                return await self._forwarder.ask(Request(upstream, method, params, seconds, front), viewer.user_id)
            link = await self._open(upstream, viewer, front)
            assert link.talk is not None  # noqa: S101 (a link that is open has one)
            link.calls += 1
            try:
                # Over server-sent events nothing answers a request that was refused.
                with ending_as_noted(is_cancelling=upstream.transport is Transport.SSE):
                    return await link.talk.request(method, params, seconds, front)
            finally:
                link.calls -= 1
                link.used_at = anyio.current_time()

    async def capabilities(self, upstream: Upstream, viewer: Viewer) -> Params:
        """What the server says it can do. Raises as `request` does."""
        with self._watched(upstream, viewer):
            link = await self._open(upstream, viewer, None)
            return link.talk.capabilities if link.talk is not None else {}

    async def hello(self, upstream: Upstream, viewer: Viewer, front: Front) -> Params:
        """What the server said when it was greeted. Raises as `request` does."""
        with self._watched(upstream, viewer):
            link = await self._open(upstream, viewer, front)
            return link.talk.hello if link.talk is not None else {}

    async def is_modern(self, upstream: Upstream, viewer: Viewer, front: Front | None = None) -> bool:
        """Whether the server says what it needs instead of asking on the way. Raises as `request` does."""
        if self._forwarder.knows(upstream):
            return True
        with self._watched(upstream, viewer):
            link = await self._open(upstream, viewer, front)
            return link.talk is not None and link.talk.is_modern

    @contextmanager
    def _watched(self, upstream: Upstream, viewer: Viewer) -> Iterator[None]:
        """Counts what the server leaves unanswered; an error of its own is an answer. Raises UnreachableError."""
        breaker = self._breaker(upstream, viewer)
        if (wait := breaker.seconds_closed(anyio.current_time())) > 0:
            raise UnreachableError(f"{upstream.name} did not answer lately; the next try is in {wait:.0f} seconds.")
        try:
            yield
        except UnreachableError:
            breaker.failed(anyio.current_time())
            raise
        except CredentialWantedError:
            breaker.worked()  # who refuses, answers
            raise
        except NotAnsweringError as error:
            raise UnreachableError(f"{upstream.name} cannot be used now: {error}") from error
        except MCPError as error:
            if error.code == REQUEST_TIMEOUT:
                breaker.failed(anyio.current_time())
                raise UnreachableError(f"{upstream.name} did not answer in time.") from error
            if error.code != CONNECTION_CLOSED:
                breaker.worked()
                raise
            self.close(upstream.id, viewer)
            breaker.failed(anyio.current_time())
            raise UnreachableError(f"{upstream.name} ended the connection.") from error
        breaker.worked()

    def _breaker(self, upstream: Upstream, viewer: Viewer) -> Breaker:
        """What was changed is tried at once."""
        revision, breaker = self._breakers.get((upstream.id, viewer.user_id), ("", Breaker()))
        if revision != upstream.revision:
            breaker = Breaker()
            self._breakers[upstream.id, viewer.user_id] = upstream.revision, breaker
        return breaker

    def open_revisions(self) -> dict[tuple[str, str], str]:
        """Which revision of which server, as which person sees it, conversations are open with."""
        return {(key[0], key[1].user_id): link.upstream.revision for key, link in self._links.items()}

    def end_stale(self, stale: Collection[tuple[str, str]]) -> None:
        """Ends the conversations of these servers and people."""
        for key in [key for key in self._links if (key[0], key[1].user_id) in stale]:
            self._end(key)

    def open_for(self, viewer: Viewer) -> int:
        """How many conversations this process has open for an app, or in its session."""
        return sum(key[1] == viewer for key in self._links)

    def close_all_of(self, viewer: Viewer) -> None:
        """Ends them."""
        for key in [key for key in self._links if key[1] == viewer]:
            self._end(key)

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
            secrets = await self._secrets(upstream, viewer.user_id)
            link = self._links.get(key) or self._begin(key, upstream, secrets, front)
        with anyio.move_on_after(OPENING_SECONDS):
            await link.is_ready.wait()
        if link.talk is None or link.failure:
            self._end(key)
            if link.problem is not None:
                raise link.problem
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
        self._make_room(upstream)
        link = self._links[key] = Link(upstream, anyio.current_time())
        self._tasks.start_soon(
            self._keep, link, key[1].user_id, secrets, front.capabilities if front is not None else {}
        )
        return link

    async def _secrets(self, upstream: Upstream, user_id: str) -> Secrets:
        credentials = self._access.credentials
        secrets = await anyio.to_thread.run_sync(credentials.secrets_for, upstream, user_id)
        if secrets is None:
            raise await anyio.to_thread.run_sync(credentials.wanted_by, upstream, user_id)
        return secrets

    async def _keep(self, link: Link, user_id: str, secrets: Secrets, capabilities: Params) -> None:
        """A conversation is opened, used and closed by one task, as its cancel scopes demand."""
        said, upstream = LastWords(secrets), link.upstream
        auth = PersonsCredential(self._access, upstream, user_id) if upstream.url else None
        try:
            with noting() as note:
                async with (
                    self._ways.streams_to(upstream, secrets, said, auth) as streams,
                    conversation(streams, capabilities, partial(self._list_changed, upstream.id)) as talk,
                ):
                    link.talk = talk
                    self._forwarder.learn(upstream, talk.version)
                    link.is_ready.set()
                    await link.is_wanted_closed.wait()
        except Exception as error:
            link.failure, link.problem = explained(upstream, error), note.problem
            log.info("upstream_failed", server=link.upstream.name, error=type(cause_of(error)).__name__)
            for line in said.lines:
                log.debug("upstream_said", server=link.upstream.name, line=line)
        finally:
            link.is_ready.set()

    def _make_room(self, upstream: Upstream) -> None:
        """Those idle longest end: of all conversations, and where it is about processes, of these."""
        idle = sorted((key for key, link in self._links.items() if not link.calls), key=self._used_at)
        ending = idle[: max(0, len(self._links) - MOST_OPEN + 1)]
        if upstream.transport is Transport.STDIO:
            every = [key for key, link in self._links.items() if link.upstream.transport is Transport.STDIO]
            of_it = [key for key in every if key[0] == upstream.id]
            for processes, most in ((of_it, self._ways.processes.per_server), (every, self._ways.processes.in_all)):
                ending += [key for key in idle if key in processes][: max(0, len(processes) - most + 1)]
        for key in ending:
            self._end(key)

    def _used_at(self, key: Key) -> float:
        return self._links[key].used_at

    async def _close_idle(self) -> None:
        while True:
            await anyio.sleep(IDLE_SECONDS / 10)
            for key, link in list(self._links.items()):
                if not link.calls and anyio.current_time() - link.used_at > IDLE_SECONDS:
                    self._end(key)
