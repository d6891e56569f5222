"""One conversation with a server, and whose it is."""

from collections import Counter
from collections.abc import Mapping, Sequence
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
    is_gone: anyio.Event = field(default_factory=anyio.Event)
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    calls: int = 0
    holders: int = 0

    @property
    def is_modern(self) -> bool:
        """Whether it is open, with a server that speaks a revision without sessions."""
        return self.talk is not None and self.talk.is_modern

    def end(self) -> None:
        """Closes it, or gives up opening it."""
        self.is_wanted_closed.set()
        if self.talk is None:
            self.scope.cancel()


def too_many(links: Mapping[Key, Link], among: Sequence[Key], most: int) -> list[Key]:
    """What ends for one more: idle longest, of who has most open, so that nobody's many end another's few."""
    held = Counter(key[1].user_id for key in among)
    idle = [key for key in among if not links[key].calls]
    idle.sort(key=lambda key: (-held[key[1].user_id], links[key].used_at))
    return idle[: max(0, len(among) - most + 1)]
