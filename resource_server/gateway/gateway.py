"""The gateway, put together: servers, conversations with them, their lists, and what of these was accepted."""

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import anyio
import structlog
from anyio.abc import TaskGroup
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from resource_server.gateway.acceptance import Acceptance
from resource_server.gateway.changes import Changes
from resource_server.gateway.conversation import LIST_CHANGED, Params
from resource_server.gateway.forwarding.connections import Connections
from resource_server.gateway.forwarding.forwarder import Forwarder
from resource_server.gateway.known import Known
from resource_server.gateway.links import Links, Viewer
from resource_server.gateway.listing import Listings
from resource_server.gateway.news import News
from resource_server.gateway.oauth.access import Access
from resource_server.gateway.oauth.connecting import Connecting
from resource_server.gateway.oauth.fetching import Fetching
from resource_server.gateway.offered import Offered
from resource_server.gateway.parking import Parking
from resource_server.gateway.request_states import RequestStates
from resource_server.gateway.rounds import Rounds
from resource_server.gateway.seen import SeenServer as SeenServer
from resource_server.gateway.sessions import ServerSessions, SessionRules
from resource_server.gateway.shared_lists import SharedLists
from resource_server.gateway.subscriptions import Subscriptions
from resource_server.gateway.transports import Ways
from resource_server.gateway.upstream import Upstream
from resource_server.gateway.upstreams import Upstreams
from resource_server.usage.counting import UseCounts
from shared.accidents import note_accident

NOTICE_SECONDS = 0.5
SESSIONS_LOOKED_AT = 60.0
"""Seconds between two looks for sessions that nobody uses."""

log = structlog.get_logger(__name__)


class Gateway:
    """Use it within `run`. `origin` is where people have their pages."""

    def __init__(
        self,
        engine: Engine,
        key: bytes,
        ways: Ways,
        rules: SessionRules,
        uses: UseCounts | None = None,
        origin: str = "",
        shared_lists: SharedLists | None = None,
    ) -> None:
        self.ways = ways
        self.origin = origin
        self.uses = uses or UseCounts()
        self.upstreams = Upstreams(engine, key)
        fetching = Fetching(ways.clients)
        self.access = Access(self.upstreams.credentials, fetching)
        self.connecting = Connecting(origin, self.upstreams.credentials, fetching)
        self.sessions = ServerSessions(engine, self.upstreams, rules)
        self.acceptance = Acceptance(engine)
        self.changes = Changes(engine)
        self.known = Known(self.upstreams, self.acceptance, self.changes)
        self.forwarder = Forwarder(Connections(ways.clients), self.access, lambda one: self.listings.forget(one))
        self.news = News()
        self.offered = Offered()
        self.links = Links(ways, self.access, self._heard, self.forwarder)
        self.subscriptions = Subscriptions(self.links, self.start)
        self.shared_lists = shared_lists or SharedLists(None, key)
        self.listings = Listings(self.links, self.start, self.shared_lists)
        self.rounds = Rounds(self.links, Parking(self.start), RequestStates(key))
        self._tasks: TaskGroup | None = None

    @asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """Everything that is opened on the way is closed at the end."""
        try:
            async with self.links.run(), anyio.create_task_group() as tasks:
                self._tasks = tasks
                tasks.start_soon(self._notice_changes)
                tasks.start_soon(self._tell_changes)
                tasks.start_soon(self._end_sessions)
                tasks.start_soon(self._give_back_tokens)
                yield
                tasks.cancel_scope.cancel()
        finally:
            self.changes.close()
            self.forwarder.close()
            await self.shared_lists.close()

    async def servers_of(
        self,
        viewer: Viewer,
        reaches: Callable[[Upstream], bool] = lambda _upstream: True,
        patience: float | None = None,
    ) -> list[SeenServer]:
        """Every server that the person may use and the app `reaches`, all asked at once, within `patience` seconds."""
        upstreams = [one for one in await self.visible_to(viewer) if reaches(one)]
        found = {one.id: self._seen_already(one, viewer) for one in upstreams}

        async def see(upstream: Upstream) -> None:
            found[upstream.id] = await self.seen(upstream, viewer, patience)

        async with anyio.create_task_group() as tasks:
            for upstream in [one for one in upstreams if found[one.id] is None]:
                tasks.start_soon(see, upstream)
        return [seen for seen in found.values() if seen is not None]

    async def seen(self, upstream: Upstream, viewer: Viewer, patience: float | None = None) -> SeenServer:
        """One server."""
        if (already := self._seen_already(upstream, viewer)) is not None:
            return already
        listing = await self.listings.of(upstream, viewer, patience=patience)
        return SeenServer(upstream, listing, await self.known.changed(upstream.id, viewer.user_id, listing))

    async def visible_to(self, viewer: Viewer) -> list[Upstream]:
        """The servers that the person may use, or those of the app's session, by name."""
        if viewer.session_id:
            return await anyio.to_thread.run_sync(self.sessions.servers_of, viewer)
        return list((await self.known.visible_to(viewer.user_id)).values())

    async def named(self, viewer: Viewer, name: str) -> Upstream | None:
        """The server that is meant by a name."""
        if not viewer.session_id:
            return (await self.known.visible_to(viewer.user_id)).get(name)
        return next((upstream for upstream in await self.visible_to(viewer) if upstream.name == name), None)

    def counts(self) -> dict[str, int]:
        """Everybody's servers that are on, and how many tools they listed when they were last asked."""
        servers = [one.id for one in self.upstreams.every() if one.is_enabled]
        return {"servers": len(servers), "tools": sum(map(self.listings.tools_known, servers))}

    def _seen_already(self, upstream: Upstream, viewer: Viewer) -> SeenServer | None:
        """What is known already, and still holds."""
        listing = self.listings.known(upstream, viewer)
        changed = self.known.changed_now(upstream.id, viewer.user_id, listing) if listing is not None else None
        return SeenServer(upstream, listing, changed) if listing is not None and changed is not None else None

    async def _end_sessions(self) -> None:
        while True:
            await anyio.sleep(SESSIONS_LOOKED_AT)
            try:
                await anyio.to_thread.run_sync(self.sessions.end_expired)
            except SQLAlchemyError as error:
                log.warning("server_sessions_unread", error=type(error).__name__)

    async def _give_back_tokens(self) -> None:
        """Whoever forgot them, a command or a page: asked only after something changed."""
        seen = -1
        while True:
            try:
                generation = self.changes.generation()
                if generation != seen:
                    await self.connecting.give_back()
                    seen = generation
            except Exception as error:  # whatever goes wrong with one person's, everybody's calls go on
                log.warning("upstream_tokens_kept", error=type(error).__name__)
            await anyio.sleep(NOTICE_SECONDS)

    async def _notice_changes(self) -> None:
        """A server that is removed, switched off or changed by a command ends, though nobody calls it any more."""
        while True:
            await anyio.sleep(NOTICE_SECONDS)
            if known := self.links.open_revisions():
                try:
                    self.links.end_stale(await anyio.to_thread.run_sync(self.upstreams.stale, known))
                except SQLAlchemyError as error:
                    log.warning("upstream_changes_unread", error=type(error).__name__)

    async def _tell_changes(self) -> None:
        """Apps that listen are told when their servers are others than before, whoever changed them."""
        known: frozenset[tuple[object, ...]] = frozenset()
        seen: dict[Viewer, set[Upstream]] = {}
        while True:
            await anyio.sleep(NOTICE_SECONDS)
            viewers = {hearer.viewer for hearer in self.news.hearers}
            if not viewers:
                continue
            try:
                people = {viewer.user_id for viewer in viewers}
                before, known = known, await anyio.to_thread.run_sync(self.upstreams.revisions, people)
                if before == known and viewers <= seen.keys():
                    continue
                now = {viewer: set(await self.visible_to(viewer)) for viewer in viewers}
            except SQLAlchemyError as error:
                log.warning("upstream_changes_unread", error=type(error).__name__)
                continue
            for viewer in viewers & seen.keys():
                self.news.changed(viewer, now[viewer] ^ seen[viewer])
            seen = now

    def _heard(self, upstream: Upstream, viewer: Viewer, method: str, params: Params) -> None:
        """A server told that something changed: what was read of it counts no more."""
        if method.endswith(LIST_CHANGED):
            self.listings.forget(upstream.id)
        self.news.heard(upstream, viewer, method, params)

    def start(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Runs `work` beside requests; it must not raise."""
        assert self._tasks is not None  # noqa: S101 (used within run)
        self._tasks.start_soon(_contained, work)


async def _contained(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """A mistake of ours in one piece of work ends that piece, and not all that runs."""
    try:
        await work()
    except Exception as error:
        note_accident(log, "upstream_work_failed", error)
