"""One conversation with a server, and whose it is."""

from dataclasses import dataclass, field

import anyio

from resource_server.gateway.conversation import Conversation
from resource_server.gateway.upstream import Upstream


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
    is_gone: anyio.Event = field(default_factory=anyio.Event)
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    calls: int = 0
    holders: int = 0

    def end(self) -> None:
        """Closes it, or gives up opening it."""
        self.is_wanted_closed.set()
        if self.talk is None:
            self.scope.cancel()
