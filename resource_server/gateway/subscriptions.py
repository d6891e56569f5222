"""What apps watch of servers, kept up for as long as they do: in whichever way the server's revision has for it.

Before MCP 2026-07-28 a resource is subscribed to; since then a stream is opened for it. Of lists an open conversation
hears anyway, so that watching them keeps it open.
"""

from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import anyio
import structlog
from anyio.abc import TaskStatus
from mcp import MCPError

from resource_server.gateway.conversation import Conversation
from resource_server.gateway.link import Link
from resource_server.gateway.links import Links, UnreachableError, Viewer
from resource_server.gateway.news_streams import FAILED, listen
from resource_server.gateway.upstream import Upstream
from resource_server.gateway.wanted import CredentialWantedError

LISTS = ""
"""In place of the address of a resource: that lists change."""

SECONDS, RETRY_SECONDS = 10.0, 2.0

Start = Callable[[Callable[[], Coroutine[Any, Any, None]]], None]
log = structlog.get_logger(__name__)


@dataclass
class Watch:
    """What one app watches of one server, how often each; `changed` is set when it is something else."""

    upstream: Upstream
    viewer: Viewer
    wanted: Counter[str] = field(default_factory=Counter)
    changed: anyio.Event = field(default_factory=anyio.Event)
    settled: anyio.Event = field(default_factory=anyio.Event)

    def change(self) -> None:
        """Somebody came or went."""
        self.wanted = +self.wanted
        if self.settled.is_set():  # who waits for an earlier change waits for this one, too
            self.settled = anyio.Event()
        self.changed.set()


class Subscriptions:
    """Each watch is kept by a task of its own, in a conversation of that app with that server."""

    def __init__(self, links: Links, start: Start) -> None:
        self._links = links
        self._start = start
        self._watches: dict[tuple[str, Viewer], Watch] = {}

    async def add(self, upstream: Upstream, viewer: Viewer, topic: str) -> None:
        """One more who watches; comes back when the server was told, or after a while."""
        key = upstream.id, viewer
        watch = self._watches.get(key)
        if watch is None:
            watch = self._watches[key] = Watch(upstream, viewer)
            self._start(lambda: self._keep(watch))
        watch.wanted[topic] += 1
        watch.change()
        with anyio.move_on_after(SECONDS):
            await watch.settled.wait()

    def remove(self, upstream: Upstream, viewer: Viewer, topic: str) -> None:
        """One less."""
        if (watch := self._watches.get((upstream.id, viewer))) is not None:
            watch.wanted[topic] -= 1
            watch.change()

    async def _keep(self, watch: Watch) -> None:
        """Until nobody watches; a server that does not answer is tried again."""
        try:
            while watch.wanted:
                try:
                    async with self._links.held(watch.upstream, watch.viewer) as link:
                        await _follow(watch, link)
                except (UnreachableError, CredentialWantedError, MCPError):
                    watch.settled.set()
                watch.changed = anyio.Event()
                with anyio.move_on_after(RETRY_SECONDS if watch.wanted else 0):
                    await watch.changed.wait()
        except Exception as error:  # a task of the whole gateway
            log.warning("subscriptions_failed", server=watch.upstream.name, error=type(error).__name__)
        finally:
            watch.settled.set()
            self._watches.pop((watch.upstream.id, watch.viewer), None)


async def _follow(watch: Watch, link: Link) -> None:
    """As long as the conversation lasts, and somebody watches."""
    assert link.talk is not None  # noqa: S101 (a link that is held has one)
    active: dict[str, anyio.CancelScope] = {}
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_cancel_after, link.is_gone, tasks.cancel_scope)
        while watch.wanted:
            watch.changed = anyio.Event()
            for topic in watch.wanted.keys() - active.keys():
                active[topic] = anyio.CancelScope()
                await tasks.start(_watch, link.talk, topic, active[topic])
            for topic in active.keys() - watch.wanted.keys():
                active.pop(topic).cancel()
            if not watch.changed.is_set():
                watch.settled.set()
            await watch.changed.wait()
        tasks.cancel_scope.cancel()


async def _cancel_after(event: anyio.Event, scope: anyio.CancelScope) -> None:
    await event.wait()
    scope.cancel()


async def _watch(talk: Conversation, topic: str, scope: anyio.CancelScope, *, task_status: TaskStatus[None]) -> None:
    """One topic, until it is cancelled."""
    with scope:
        if topic == LISTS:
            task_status.started()  # an open conversation hears of these anyway
            await anyio.sleep_forever()
        elif talk.is_modern:
            await listen(talk, {"resourceSubscriptions": [topic]}, task_status.started)
        else:
            await _subscribe(talk, topic, task_status)
    if not scope.cancel_called:
        task_status.started()  # it is watched in vain


async def _subscribe(talk: Conversation, uri: str, task_status: TaskStatus[None]) -> None:
    """MCP 2025-11-25, resources, subscriptions."""
    try:
        await talk.request("resources/subscribe", {"uri": uri}, SECONDS)
    except FAILED as error:
        log.debug("not_subscribed", error=type(error).__name__)
        return
    task_status.started()
    try:
        await anyio.sleep_forever()
    finally:
        with anyio.CancelScope(shield=True), anyio.move_on_after(RETRY_SECONDS):
            await _unsubscribe(talk, uri)


async def _unsubscribe(talk: Conversation, uri: str) -> None:
    try:
        await talk.request("resources/unsubscribe", {"uri": uri}, SECONDS)
    except FAILED as error:
        log.debug("not_unsubscribed", error=type(error).__name__)
