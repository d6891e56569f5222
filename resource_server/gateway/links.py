"""Open conversations with servers: one for each app of a person and server, opened when needed, closed when idle.

No two people share one, and no two apps: what a server keeps of a conversation, and what it asks, is that app's.
"""

import time
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import anyio
import httpx2
import structlog
from anyio.abc import TaskGroup
from mcp import MCPError

from resource_server.gateway.asking_aside import leaving
from resource_server.gateway.caps import Caps
from resource_server.gateway.conversation import Conversation, Front, Params, conversation
from resource_server.gateway.explanation import cause_of, explained, failure_of
from resource_server.gateway.failures import LostError, NotModernError, UnsentError
from resource_server.gateway.failures import UnreachableError as UnreachableError
from resource_server.gateway.fate import ConversationOverError, TooMuchError
from resource_server.gateway.forwarding.forwarder import Forwarder, Request
from resource_server.gateway.health import Watches
from resource_server.gateway.last_words import LastWords
from resource_server.gateway.levels import EVERY_SERVER, Levels
from resource_server.gateway.link import Key, Link, key_of, too_many
from resource_server.gateway.link import Viewer as Viewer
from resource_server.gateway.news_streams import hearing_of_lists
from resource_server.gateway.oauth.access import Access
from resource_server.gateway.oauth.noting import ending_as_noted, noting
from resource_server.gateway.oauth.persons_credential import PersonsCredential
from resource_server.gateway.repeating import LISTS, REPEATABLE, tried_twice
from resource_server.gateway.straight import Straight
from resource_server.gateway.transports import Ways
from resource_server.gateway.upstream import AsSeen, Secrets, Transport, Upstream

OPENING_SECONDS = 15.0
IDLE_SECONDS = 300.0
MOST_OPEN = 200
"""So many conversations are open at once in one process; the one idle longest closes first."""

EXPLAINING_SECONDS = 0.5
"""So long the end of a conversation may take to say why."""

log = structlog.get_logger(__name__)


Heard = Callable[[Upstream, Viewer, str, Params], None]
"""Takes a notification that a list or a resource changed, with whose conversation it came in."""


class Links:
    """Use it within `run`."""

    def __init__(self, ways: Ways, access: Access, hear: Heard, forwarder: Forwarder) -> None:
        self._forwarder = forwarder
        self._ways = ways
        self._access = access
        self._hear = hear
        self._levels = Levels()
        self.caps = Caps(ways.limits.caps)
        self.watches = Watches()
        self.straight = Straight(forwarder, self.caps, self.watches, self._no_longer_modern)
        self._links: dict[Key, Link] = {}
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
        *,
        is_repeatable: bool = False,
    ) -> dict[str, Any]:
        """The server's answer in this app's conversation; asked twice where that is safe, and the first got lost.

        Raises MCPError as the server does, UnreachableError and CredentialWantedError.
        """
        is_list = method in LISTS
        ask = partial(self._ask, upstream, viewer, method, params, seconds)
        with self.watches.watched(upstream, viewer.user_id, is_timed=is_list):
            if is_list:
                return await tried_twice(partial(ask, None), may_repeat=True)
            async with self.caps.room(upstream.id, viewer.user_id, upstream.name) as room:
                asked = None if front is None else leaving(room, front, self._levels.of(upstream, viewer))
                return await tried_twice(partial(ask, asked), may_repeat=is_repeatable or method in REPEATABLE)

    def _no_longer_modern(self, upstream: Upstream) -> None:
        """A new conversation finds out which revision it speaks now."""
        self._forwarder.forget(upstream)
        self.close(upstream.id, only_modern=True)

    async def _ask(
        self, upstream: Upstream, viewer: Viewer, method: str, params: Params, seconds: float, front: Front | None
    ) -> dict[str, Any]:
        if self._forwarder.takes(upstream, method):
            try:
                return await self._forwarder.ask(Request(upstream, method, params, seconds, front), viewer.user_id)
            except NotModernError:
                self._no_longer_modern(upstream)
        async with self._opened(upstream, viewer, front) as talk:
            # Over server-sent events nothing answers a request that was refused.
            with ending_as_noted(is_cancelling=upstream.transport is Transport.SSE):
                return await talk.request(method, params, seconds, front)

    @asynccontextmanager
    async def held(self, upstream: Upstream, viewer: Viewer) -> AsyncIterator[Link]:
        """A conversation of this app that does not close for being idle. Raises as `request` does."""
        with self.watches.watched(upstream, viewer.user_id):
            link = await self._open(upstream, viewer, None)
        link.holders += 1
        try:
            yield link
        finally:
            link.holders -= 1

    async def log_from(self, viewer: Viewer, level: str, server_id: str = EVERY_SERVER) -> None:
        """From which level on this app is told what happens, at one server or at all of them."""
        self._levels.say(viewer, level, server_id)
        for talk in self.talks_of(viewer, server_id):
            await talk.log_from(level)

    def talks_of(self, viewer: Viewer, server_id: str = EVERY_SERVER) -> list[Conversation]:
        """The app's conversations that are open, with one server or with all of them."""
        found = [link for key, link in self._links.items() if key[1] == viewer and server_id in (EVERY_SERVER, key[0])]
        return [link.talk for link in found if link.talk is not None]

    async def capabilities(self, upstream: Upstream, viewer: Viewer) -> Params:
        """What the server says it can do. Raises as `request` does."""
        return (await self._talk(upstream, viewer, None)).capabilities

    async def hello(self, upstream: Upstream, viewer: Viewer, front: Front) -> Params:
        """What the server said when it was greeted. Raises as `request` does."""
        return (await self._talk(upstream, viewer, front)).hello

    async def is_modern(self, upstream: Upstream, viewer: Viewer, front: Front | None = None) -> bool:
        """Whether the server says what it needs instead of asking on the way. Raises as `request` does."""
        return self._forwarder.knows(upstream) or (await self._talk(upstream, viewer, front)).is_modern

    async def _talk(self, upstream: Upstream, viewer: Viewer, front: Front | None) -> Conversation:
        """For what was said at its begin. That it is open already says nothing of how the server is doing now."""
        link = self._links.get(key_of(self._links, upstream, viewer, front))
        if link is not None and link.upstream == upstream and link.talk is not None and not link.failure:
            return link.talk
        with self.watches.watched(upstream, viewer.user_id, is_timed=True):
            async with self._opened(upstream, viewer, front) as talk:
                return talk

    @asynccontextmanager
    async def _opened(self, upstream: Upstream, viewer: Viewer, front: Front | None) -> AsyncIterator[Conversation]:
        """The conversation, in use; where it turns out to be over, the next request begins another."""
        link = await self._open(upstream, viewer, front)
        talk = link.talk
        assert talk is not None  # noqa: S101 (a link that is open has one)
        link.calls += 1
        try:
            yield talk
        except (MCPError, ConversationOverError, TooMuchError, httpx2.TransportError) as error:
            failure = failure_of(upstream, error, self._ways.limits)
            if isinstance(failure, (LostError, UnsentError)):
                self._drop(link)
            if isinstance(failure, LostError):
                with anyio.move_on_after(EXPLAINING_SECONDS):
                    await link.is_gone.wait()
            raise (type(failure)(link.failure) if link.failure and failure else failure or error) from error
        finally:
            link.calls -= 1
            link.used_at = time.monotonic()

    def open_revisions(self) -> set[AsSeen]:
        """The servers that conversations are open with, as they were when these began."""
        return {link.seen_as(key) for key, link in self._links.items()}

    def end_stale(self, stale: Collection[AsSeen]) -> None:
        """Ends the conversations with these; one that began since then with the server as it is now goes on."""
        for key in [key for key, link in self._links.items() if link.seen_as(key) in stale]:
            self._end(key)

    def open_for(self, viewer: Viewer) -> int:
        """How many conversations this process has open for an app, or in its session."""
        return sum(key[1] == viewer for key in self._links)

    def close_all_of(self, viewer: Viewer) -> None:
        """Ends them."""
        for key in [key for key in self._links if key[1] == viewer]:
            self._end(key)

    def close(self, server_id: str, viewer: Viewer | None = None, *, only_modern: bool = False) -> None:
        """Ends the conversations with a server, or this app's alone: it or its credential changed."""
        for key, link in list(self._links.items()):
            if key[0] == server_id and viewer in (None, key[1]) and (link.is_modern or not only_modern):
                self._end(key)

    def _end(self, key: Key) -> None:
        if (link := self._links.pop(key, None)) is not None:
            link.end()

    def _drop(self, link: Link) -> None:
        self._over(link)
        link.end()

    def _over(self, link: Link) -> None:
        """The next request begins another; this one is closed, and says why where it is not open yet."""
        link.is_wanted_closed.set()
        for key in [key for key, one in self._links.items() if one is link]:
            del self._links[key]

    async def _open(self, upstream: Upstream, viewer: Viewer, front: Front | None) -> Link:
        """The open link. Raises as `request` does."""
        link = await self._ready(upstream, viewer, front)
        if link.was_given_up:  # here, as where its server or what the person gave it just changed
            link = await self._ready(upstream, viewer, front)
        if link.is_open:
            return link
        self._drop(link)
        if link.problem is not None:
            self._access.not_greeted(upstream, link.problem)
            raise link.problem
        raise UnreachableError(link.failure or f"{upstream.name} did not answer in {OPENING_SECONDS:.0f} seconds.")

    async def _ready(self, upstream: Upstream, viewer: Viewer, front: Front | None) -> Link:
        """The link once it is open, was ended, or took too long to open."""
        key = key_of(self._links, upstream, viewer, front)
        link = self._links.get(key)
        if link is not None and link.upstream != upstream:
            self._end(key)
            link = None
        if link is None:
            secrets = await self._access.secrets_of(upstream, viewer.user_id)
            link = self._links.get(key) or self._begin(key, upstream, secrets, front)
        with anyio.move_on_after(OPENING_SECONDS):
            await link.is_ready.wait()
        return link

    def _begin(self, key: Key, upstream: Upstream, secrets: Secrets, front: Front | None) -> Link:
        assert self._tasks is not None  # noqa: S101 (used within run)
        self._make_room(upstream)
        link = self._links[key] = Link(upstream, time.monotonic())
        self._tasks.start_soon(self._keep, link, key[1], secrets, front.capabilities if front is not None else {})
        return link

    async def _keep(self, link: Link, viewer: Viewer, secrets: Secrets, capabilities: Params) -> None:
        """A conversation is opened, used and closed by one task, as its cancel scopes demand."""
        said, upstream = LastWords(secrets), link.upstream
        auth = PersonsCredential(self._access, upstream, viewer.user_id) if upstream.url else None
        hear, over = partial(self._hear, upstream, viewer), partial(self._over, link)
        with noting() as note:
            try:
                with link.scope:
                    async with (
                        self._ways.streams_to(upstream, secrets, said, auth) as streams,
                        conversation(streams, capabilities, hear, over) as talk,
                        hearing_of_lists(talk),
                    ):
                        await talk.log_from(self._levels.of(upstream, viewer))
                        link.talk = talk
                        self._forwarder.learn(upstream, talk.version)
                        link.is_ready.set()
                        await link.is_wanted_closed.wait()
            except Exception as error:
                link.failure = explained(upstream, error)
                log.info("upstream_failed", server=link.upstream.name, error=type(cause_of(error)).__name__)
                for line in said.lines:
                    log.debug("upstream_said", server=link.upstream.name, line=line)
            finally:
                link.problem = note.problem
                self._over(link)
                link.is_ready.set()
                link.is_gone.set()

    def _make_room(self, upstream: Upstream) -> None:
        for key in too_many(self._links, upstream, MOST_OPEN, self._ways.processes):
            self._end(key)

    async def _close_idle(self) -> None:
        while True:
            await anyio.sleep(IDLE_SECONDS / 10)
            for key, link in list(self._links.items()):
                if not link.calls and not link.holders and time.monotonic() - link.used_at > IDLE_SECONDS:
                    self._end(key)
