"""One conversation with a server, and whose it is."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import anyio

from resource_server.gateway.conversation import Conversation
from resource_server.gateway.front import Front
from resource_server.gateway.processes import Processes
from resource_server.gateway.upstream import AsSeen, Transport, Upstream


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
    def is_open(self) -> bool:
        """Whether requests can be made."""
        return self.talk is not None and not self.failure

    @property
    def was_given_up(self) -> bool:
        """Whether it was ended here before it was open."""
        return self.talk is None and self.scope.cancel_called

    @property
    def is_modern(self) -> bool:
        """Whether it is open, with a server that speaks a revision without sessions."""
        return self.talk is not None and self.talk.is_modern

    def seen_as(self, key: Key) -> AsSeen:
        """The server as it was when this began."""
        return key[0], key[1].user_id, self.upstream.revision

    def end(self) -> None:
        """Closes it, or gives up opening it."""
        self.is_wanted_closed.set()
        if self.talk is None:
            self.scope.cancel()


def key_of(links: Mapping[Key, Link], upstream: Upstream, viewer: Viewer, front: Front | None) -> Key:
    """An older server is told once what the app can do, so another ability is another conversation."""
    able = json.dumps(front.capabilities, sort_keys=True) if front is not None else ""
    for key, link in links.items():
        is_same = front is None or key[2] == able or link.is_modern
        if key[:2] == (upstream.id, viewer) and is_same:
            return key
    return upstream.id, viewer, able


def too_many(links: Mapping[Key, Link], upstream: Upstream, most: int, processes: Processes) -> list[Key]:
    """What ends for one more with this server: of all, and where it is about processes, of these."""
    ending = _longest_idle(links, list(links), most)
    if upstream.transport is Transport.STDIO:
        every = [key for key, link in links.items() if link.upstream.transport is Transport.STDIO]
        of_it = [key for key in every if key[0] == upstream.id]
        ending += _longest_idle(links, of_it, processes.per_server) + _longest_idle(links, every, processes.in_all)
    return ending


def _longest_idle(links: Mapping[Key, Link], among: Sequence[Key], most: int) -> list[Key]:
    """Idle longest, of who has most open, so that nobody's many end another's few."""
    held = Counter(key[1].user_id for key in among)
    idle = [key for key in among if not links[key].calls]
    idle.sort(key=lambda key: (-held[key[1].user_id], links[key].used_at))
    return idle[: max(0, len(among) - most + 1)]
