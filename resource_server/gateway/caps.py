"""How many calls are under way at once: for a person at a server, a server, a person, and in this process.

Whoever finds no room waits for a moment. Of those who wait, the person with the fewest calls under way comes first, so
that one who calls a thousand times takes no room from one who calls once.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import anyio

from resource_server.gateway.failures import BusyError
from resource_server.recent import Recent

MOST_PLACES = 10_000
MOST_WAITING = 200
"""Calls of one person; a further one is told at once that there is no room."""


@dataclass(frozen=True)
class CapSizes:
    """Calls at once, and the seconds that one more waits for room."""

    per_person_and_server: int = 32
    per_person: int = 64
    per_server: int = 128
    in_all: int = 512
    patience: float = 5.0


Place = tuple[str, str]
"""A server and whose call it is; with either of them empty, all servers and all people."""
Levels = tuple[tuple[Place, int], ...]


@dataclass
class Waiter:
    """A call that waits for room."""

    place: Place
    has_room: anyio.Event = field(default_factory=anyio.Event)


class Caps:
    """Of one process. All of it runs on the event loop."""

    def __init__(self, sizes: CapSizes | None = None) -> None:
        self.sizes = sizes or CapSizes()
        self._calls: dict[Place, int] = {}
        self._waiting: list[Waiter] = []
        self._known: Recent[Place, Levels] = Recent(MOST_PLACES)

    @property
    def under_way(self) -> int:
        """Calls that have room."""
        return self._calls.get(("", ""), 0)

    def room(self, server_id: str, user_id: str, name: str) -> "Room":
        """Room for one call at the server, `name` to people; it is taken within `async with`."""
        return Room(self, (server_id, user_id), name)

    def takes(self, place: Place) -> bool:
        """Takes room, if there is some."""
        is_room = self._fits(place)
        if is_room:
            self._count(place, 1)
        return is_room

    async def enter(self, place: Place, name: str) -> None:
        """Takes room. Raises BusyError."""
        if not self.takes(place):
            await self._wait(place, name)

    async def _wait(self, place: Place, name: str) -> None:
        busy = BusyError(f"{name} is busy: too many calls are under way. Try again in a moment.")
        if sum(one.place[1] == place[1] for one in self._waiting) >= MOST_WAITING:
            raise busy
        waiter = Waiter(place)
        self._waiting.append(waiter)
        try:
            with anyio.move_on_after(self.sizes.patience):
                await waiter.has_room.wait()
        except BaseException:
            if waiter.has_room.is_set():
                self.leave(place)  # it was cancelled in the moment in which it got room
            raise
        finally:
            if not waiter.has_room.is_set():
                self._waiting.remove(waiter)
        if not waiter.has_room.is_set():
            raise busy

    def _fits(self, place: Place) -> bool:
        calls = self._calls
        return all([calls.get(one, 0) < most for one, most in self._levels(place)])  # noqa: C419 (it costs half)

    def _count(self, place: Place, step: int) -> None:
        for one, _ in self._levels(place):
            if count := self._calls.get(one, 0) + step:
                self._calls[one] = count
            else:
                del self._calls[one]

    def _levels(self, place: Place) -> Levels:
        """Where a call at this place is counted, and how many may be at once."""
        known = self._known.get(place)
        if known is None:
            known = self._all_levels(*place)
            self._known.put(place, known)
        return known

    def _all_levels(self, server_id: str, user_id: str) -> Levels:
        sizes = self.sizes
        return (
            ((server_id, user_id), sizes.per_person_and_server),
            (("", user_id), sizes.per_person),
            ((server_id, ""), sizes.per_server),
            (("", ""), sizes.in_all),
        )

    def come_back(self, place: Place) -> None:
        """Takes room whether there is some or not."""
        self._count(place, 1)

    def leave(self, place: Place) -> None:
        """Gives room to who waits for it."""
        self._count(place, -1)
        while self._waiting and (waiter := self._next()) is not None:
            self._waiting.remove(waiter)
            self._count(waiter.place, 1)
            waiter.has_room.set()

    def _next(self) -> Waiter | None:
        """Of those for whom there is room, who has the fewest calls under way; of these, who came first."""
        fitting = (waiter for waiter in self._waiting if self._fits(waiter.place))
        return min(fitting, key=lambda waiter: self._calls.get(("", waiter.place[1]), 0), default=None)


@dataclass(slots=True)
class Room:
    """Room for one call."""

    caps: Caps
    place: Place
    name: str

    async def __aenter__(self) -> "Room":
        """Raises BusyError."""
        await self.caps.enter(self.place, self.name)
        return self

    async def __aexit__(self, *_error: object) -> None:
        """The call is over."""
        self.caps.leave(self.place)

    @contextmanager
    def left(self) -> Iterator[None]:
        """Meanwhile the call takes no room: it waits for a person, who may take long. It comes back in any case."""
        self.caps.leave(self.place)
        try:
            yield
        finally:
            self.caps.come_back(self.place)
