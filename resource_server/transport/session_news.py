"""What one session of an app before MCP 2026-07-28 is told without asking, for as long as the SDK holds the session."""

from collections.abc import Callable
from functools import partial

import structlog
from mcp.server.session import ServerSession
from mcp.shared.subscriptions import ServerEvent, event_to_notification

from resource_server.context.caller import Caller
from resource_server.gateway.gateway import Gateway
from resource_server.gateway.links import Viewer
from resource_server.gateway.news import Hearer
from resource_server.gateway.upstream import Upstream
from resource_server.transport.asking import Context
from resource_server.transport.callers import caller_of
from shared.scopes import Scope

KEY = "ostiary.news"
log = structlog.get_logger(__name__)


class SessionNews:
    """Kept in the SDK's connection, and gone with it."""

    def __init__(self, gateway: Gateway, session: ServerSession, caller: Caller) -> None:
        self.caller = caller
        viewer = Viewer(caller.user_id, caller.client_id, caller.server_session)
        self.hearer = Hearer(viewer, reaches(lambda: self.caller), self.tell)
        self._gateway = gateway
        self._session = session
        self._pending: set[ServerEvent] = set()
        self._leaving: dict[str, Callable[[], None]] = {}
        self._is_over = False

    @classmethod
    def of(cls, context: Context, gateway: Gateway) -> "SessionNews":
        """That of the session of this request; its first request makes it."""
        connection = context.session._connection  # the SDK has no public way to what lasts as long as the session
        found: SessionNews | None = connection.state.get(KEY)
        if found is None:
            found = connection.state[KEY] = cls(gateway, context.session, caller_of(context))
            gateway.news.hearers.add(found.hearer)
            connection.exit_stack.callback(found.end)
        return found

    @staticmethod
    def refresh(context: Context) -> None:
        """The newest request says what the session may be told."""
        found: SessionNews | None = context.session._connection.state.get(KEY)
        if found is not None:
            found.caller = caller_of(context)

    async def watch(self, upstream: Upstream, topic: str) -> None:
        """From now on; what is watched is not watched twice, however many requests for it meet."""
        if topic in self._leaving:
            return
        subscriptions, viewer = self._gateway.subscriptions, self.hearer.viewer
        self._leaving[topic] = partial(subscriptions.remove, upstream, viewer, topic)
        self.hearer.uris.add(topic)
        await subscriptions.add(upstream, viewer, topic)
        if self._is_over:
            self.leave(topic)

    def leave(self, topic: str) -> None:
        """Not any more."""
        self.hearer.uris.discard(topic)
        if (leave := self._leaving.pop(topic, None)) is not None:
            leave()

    def end(self) -> None:
        """The session is over."""
        self._is_over = True
        self._gateway.news.hearers.discard(self.hearer)
        for topic in list(self._leaving):
            self.leave(topic)

    def tell(self, event: ServerEvent) -> None:
        """Once for many of the same; nothing after the grant was edited, until the app's next request (AS-117)."""
        if self.caller.is_current() and event not in self._pending:
            self._pending.add(event)
            self._gateway.start(partial(self._send, event))

    async def _send(self, event: ServerEvent) -> None:
        self._pending.discard(event)
        try:
            await self._session.send_notification(event_to_notification(event, {}))
        except Exception as error:  # a task of the whole gateway
            log.debug("news_not_sent", error=type(error).__name__)


def reaches(caller: Callable[[], Caller]) -> Callable[[Upstream], bool]:
    """Whether a grant has anything of a server now."""

    def is_reached(upstream: Upstream) -> bool:
        now = caller()
        return now.may(Scope.GATEWAY_CALL) and bool(now.servers.of(upstream))

    return is_reached
