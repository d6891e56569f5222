"""What was read of the database, kept until something in it changes: servers, credentials, and accepted tools."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

import anyio

from resource_server.gateway.acceptance import Acceptance, NotKeptError
from resource_server.gateway.changes import Changes
from resource_server.gateway.listing import Listing
from resource_server.gateway.upstream import Upstream
from resource_server.gateway.upstreams import Upstreams
from resource_server.recent import Recent

MOST_PEOPLE, MOST_LISTS = 1_000, 10_000

T = TypeVar("T")


@dataclass(frozen=True)
class _Read(Generic[T]):
    """Read when the database was at `generation`."""

    generation: int
    value: T


class Known:
    """Of one process; a change by any process is seen by the next who asks."""

    def __init__(self, upstreams: Upstreams, acceptance: Acceptance, changes: Changes) -> None:
        self._upstreams = upstreams
        self._acceptance = acceptance
        self._changes = changes
        self._visible: Recent[str, _Read[Mapping[str, Upstream]]] = Recent(MOST_PEOPLE)
        self._accepted: Recent[str, _Read[Mapping[str, Mapping[str, str]]]] = Recent(MOST_PEOPLE)
        self._changed: Recent[tuple[str, str], _Changed] = Recent(MOST_LISTS)
        self._looking: Recent[tuple[str, str], anyio.Lock] = Recent(MOST_LISTS)
        self._reading = anyio.Lock()

    async def visible_to(self, user_id: str) -> Mapping[str, Upstream]:
        """The servers that a person may use, by name and in that order."""
        generation = self._changes.generation()
        known = self._visible.get(user_id)
        if known is None or known.generation != generation:
            found = await anyio.to_thread.run_sync(self._upstreams.visible_to, user_id)
            known = _Read(generation, {upstream.name: upstream for upstream in found})
            self._visible.put(user_id, known)
        return known.value

    def changed_now(self, server_id: str, viewer: str, listing: Listing) -> frozenset[str] | None:
        """The tools that changed since this person accepted them, where that is known; else None."""
        known = self._changed.get((server_id, viewer))
        if known is None or known.listing is not listing or known.generation != self._changes.generation():
            return None
        return known.names

    async def changed(self, server_id: str, viewer: str, listing: Listing) -> frozenset[str]:
        """The same, found out."""
        lock = self._looking.get((server_id, viewer)) or anyio.Lock()
        self._looking.put((server_id, viewer), lock)
        async with lock:  # what many see for the first time together is accepted once
            known = self.changed_now(server_id, viewer, listing)
            return known if known is not None else await self._found(server_id, viewer, listing)

    async def _found(self, server_id: str, viewer: str, listing: Listing) -> frozenset[str]:
        generation = self._changes.generation()
        accepted = (await self._accepted_by(viewer, generation)).get(server_id, {})
        try:
            names = await anyio.to_thread.run_sync(self._acceptance.changed, server_id, viewer, listing, accepted)
        except NotKeptError:
            return _not_accepted(listing, accepted)  # until it can be written, nothing new is shown
        if generation == self._changes.generation():  # else something was accepted just now
            self._changed.put((server_id, viewer), _Changed(generation, listing, names))
        return names

    async def _accepted_by(self, viewer: str, generation: int) -> Mapping[str, Mapping[str, str]]:
        async with self._reading:  # many lists of one person are looked at together
            known = self._accepted.get(viewer)
            if known is None or known.generation != generation:
                known = _Read(generation, await anyio.to_thread.run_sync(self._acceptance.accepted_by, viewer))
                self._accepted.put(viewer, known)
            return known.value


@dataclass(frozen=True)
class _Changed:
    """Of one list, as it was accepted when the database was at `generation`."""

    generation: int
    listing: Listing
    names: frozenset[str]


def _not_accepted(listing: Listing, accepted: Mapping[str, str]) -> frozenset[str]:
    return frozenset(name for name, digest in listing.digests.items() if accepted.get(name) != digest)
