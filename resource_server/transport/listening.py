"""News for apps: that a resource they watch changed, or a list; and from which level on servers tell what happens.

Since MCP 2026-07-28 an app opens a stream for it; before, it subscribes within its session, and news come on the stream
that it opened with GET.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import mcp_types as t
from mcp import MCPError
from mcp.server import Server
from mcp.server.context import CallNext, HandlerResult
from mcp.server.subscriptions import ListenHandler
from mcp.shared.subscriptions import ServerEvent

from resource_server.context.caller import Caller
from resource_server.context.mounted import MountedServer
from resource_server.context.upstream_entries import MyUpstreamEntries
from resource_server.gateway.gateway import Gateway
from resource_server.gateway.levels import EVERY_SERVER
from resource_server.gateway.links import Viewer
from resource_server.gateway.news import Hearer
from resource_server.gateway.subscriptions import LISTS
from resource_server.gateway.upstream import Upstream
from resource_server.transport.asking import Context
from resource_server.transport.callers import caller_of
from resource_server.transport.session_news import SessionNews, reaches

MOST_STREAMS, MOST_WATCHED = 100, 100
"""Of one person, and of resources on one stream."""
TOO_MANY = "Too many streams of news are open for this person: close some first."


@dataclass(frozen=True)
class Listening:
    """Handlers for both eras; at a server's own address that server alone is listened to, and kept open for it."""

    gateway: Gateway

    def add_to(self, server: Server[dict[str, Any]]) -> None:
        """The server answers these methods from now on."""
        server.add_request_handler("subscriptions/listen", t.SubscriptionsListenRequestParams, self.listen)
        server.add_request_handler("resources/subscribe", t.SubscribeRequestParams, self.subscribe)
        server.add_request_handler("resources/unsubscribe", t.UnsubscribeRequestParams, self.unsubscribe)
        server.add_request_handler("logging/setLevel", t.SetLevelRequestParams, self.set_level)
        server.add_notification_handler("notifications/initialized", t.NotificationParams, self.initialized)
        server.add_notification_handler("notifications/roots/list_changed", t.NotificationParams, self.roots_changed)
        server.middleware.append(self.keep_up)

    async def listen(self, context: Context, params: t.SubscriptionsListenRequestParams) -> t.SubscriptionsListenResult:
        """subscriptions/listen: until the app leaves, or its grant is another than it was."""
        caller, hearers = caller_of(context), self.gateway.news.hearers
        viewer = _viewer(caller)
        if sum(one.viewer.user_id == caller.user_id for one in hearers) >= MOST_STREAMS:
            raise MCPError(t.INTERNAL_ERROR, TOO_MANY)
        stream = _Stream(caller)
        hearers.add(stream.hearer)  # at once: streams that are about to begin count, too
        added = []
        try:
            async for upstream, topic in self._topics(caller, params.notifications):
                added.append((upstream, topic))
                stream.hearer.uris.add(topic)
                await self.gateway.subscriptions.add(upstream, viewer, topic)
            return await stream.handler(context, params)
        finally:
            hearers.discard(stream.hearer)
            for upstream, topic in added:
                self.gateway.subscriptions.remove(upstream, viewer, topic)

    async def subscribe(self, context: Context, params: t.SubscribeRequestParams) -> t.EmptyResult:
        """resources/subscribe."""
        news, caller, uri = SessionNews.of(context, self.gateway), caller_of(context), str(params.uri)
        upstream = await self._holder(caller, uri)
        if len(news.hearer.uris | {uri}) > MOST_WATCHED:
            raise MCPError(t.INVALID_PARAMS, f"At most {MOST_WATCHED} resources are watched by one session.")
        await news.watch(upstream, uri)
        return t.EmptyResult()

    async def unsubscribe(self, context: Context, params: t.UnsubscribeRequestParams) -> t.EmptyResult:
        """resources/unsubscribe."""
        SessionNews.of(context, self.gateway).leave(str(params.uri))
        return t.EmptyResult()

    async def set_level(self, context: Context, params: t.SetLevelRequestParams) -> t.EmptyResult:
        """logging/setLevel."""
        caller = caller_of(context)
        await self.gateway.links.log_from(_viewer(caller), params.level, await self._only(caller))
        return t.EmptyResult()

    async def roots_changed(self, context: Context, _params: t.NotificationParams | None) -> None:
        """An app of before MCP 2026-07-28 works in other folders: servers that it talks with hear of it."""
        caller = caller_of(context)
        for talk in self.gateway.links.talks_of(_viewer(caller), await self._only(caller)):
            await talk.roots_changed()

    async def initialized(self, context: Context, _params: t.NotificationParams) -> None:
        """A session begins: lists are told of without being asked."""
        news = SessionNews.of(context, self.gateway)
        for upstream in await self._kept(caller_of(context)):
            self.gateway.start(lambda: news.watch(upstream, LISTS))  # noqa: B023 (there is one at most)

    async def keep_up(self, ctx: Context, call_next: CallNext) -> HandlerResult:
        """What a session may be told is what its newest request may see."""
        SessionNews.refresh(ctx)
        result = await call_next(ctx)
        return _announced(result) if ctx.method == "initialize" and isinstance(result, dict) else result

    async def _topics(self, caller: Caller, wanted: t.SubscriptionFilter) -> Any:
        """What to watch, and where; an address that no server has is watched in vain."""
        for uri in [str(one) for one in wanted.resource_subscriptions or ()][:MOST_WATCHED]:
            try:
                yield await self._holder(caller, uri), uri
            except MCPError:
                continue
        if wanted.tools_list_changed or wanted.prompts_list_changed or wanted.resources_list_changed:
            for upstream in await self._kept(caller):
                yield upstream, LISTS

    async def _holder(self, caller: Caller, uri: str) -> Upstream:
        if caller.server:
            return await MountedServer(self.gateway, caller).whole()
        return await MyUpstreamEntries(self.gateway, caller).holder(uri)

    async def _kept(self, caller: Caller) -> list[Upstream]:
        """The server that a conversation is kept open with; at the MCP endpoint those count that are open anyway."""
        upstream = await self.gateway.named(_viewer(caller), caller.server) if caller.server else None
        return [upstream] if upstream is not None else []

    async def _only(self, caller: Caller) -> str:
        """The id of the server at whose own address the app is; empty at the MCP endpoint."""
        return next((upstream.id for upstream in await self._kept(caller)), EVERY_SERVER)


class _Stream:
    """The bus of one stream: the SDK's handler takes from it what its app asked for."""

    def __init__(self, caller: Caller) -> None:
        self.handler = ListenHandler(self)
        self.hearer = Hearer(_viewer(caller), reaches(lambda: caller), self._tell)
        self._caller = caller
        self._listeners: list[Callable[[ServerEvent], None]] = []

    async def publish(self, event: ServerEvent) -> None:
        """Part of the SDK's protocol."""
        self._tell(event)

    def subscribe(self, listener: Callable[[ServerEvent], None]) -> Callable[[], None]:
        """Part of the SDK's protocol: called once, when the stream begins."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _tell(self, event: ServerEvent) -> None:
        """A grant that was edited may not see this any more: the app opens another stream (AS-117)."""
        if not self._caller.is_current():
            self.handler.close()
            return
        for listener in self._listeners:
            listener(event)


def _viewer(caller: Caller) -> Viewer:
    return Viewer(caller.user_id, caller.client_id, caller.server_session)


def _announced(greeting: dict[str, Any]) -> dict[str, Any]:
    """In a session, changes of lists are told."""
    capabilities = dict(greeting.get("capabilities") or {})
    for name in _told_of(capabilities):
        capabilities[name] = {**capabilities[name], "listChanged": True}
    return {**greeting, "capabilities": capabilities}


def _told_of(capabilities: dict[str, Any]) -> Iterable[str]:
    return [name for name in ("tools", "prompts", "resources") if isinstance(capabilities.get(name), dict)]
