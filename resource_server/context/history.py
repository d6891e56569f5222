"""The history of the caller's memories, and what undoes it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TypeVar

from resource_server.context.caller import Caller, ToolError
from resource_server.context.reach import Reach
from resource_server.context.wanted import Wanted
from resource_server.memory.bulk_writes import MOST, BulkWrites
from resource_server.memory.history import Difference, MemoryHistory, Part, Step, Trashed
from resource_server.memory.records import Filters, Memory, UnknownCursorError
from resource_server.memory.rolling_back import Plan, together
from resource_server.memory.sharing.merging import merged
from resource_server.memory.sharing.places import Place
from resource_server.memory.store import MemoryStores
from shared.authorization_details import NamespaceSet

T = TypeVar("T")
START_AGAIN = "Unknown cursor. Start again without one."


class MyHistory:
    """What happened to the caller's memories, as far as the grant reaches.

    What may not be read has no history; what may not be written is undone by nothing here. Methods raise ToolError.
    """

    def __init__(self, stores: MemoryStores, caller: Caller, tool: str) -> None:
        self.reach = Reach(caller, tool)
        self._store = stores.of(caller.user_id)
        self._places = stores.places_of(caller.user_id)

    def of(
        self, memory_id: str | None, key: str | None, namespace: str | None, cursor: str | None, limit: int
    ) -> Part[Step]:
        """What happened to one memory, named by id or by key, newest first."""
        readable = self.reach.reading(namespace)
        if (memory_id is None) == (key is None):
            raise ToolError("Name one memory: give either id or key.")
        found = memory_id if memory_id is not None else self._named(key or "", readable)
        place = self._places.holding(found, readable)
        try:
            steps = MemoryHistory(place.vault).of(found, place.inside(readable), cursor, limit)
        except UnknownCursorError:
            raise ToolError(START_AGAIN) from None
        if not steps.items and cursor is None:
            raise ToolError("There is no such memory, also not in the trash.")
        return place.told(steps)

    def between(
        self, since: datetime, until: datetime, namespace: str | None, cursor: str | None, limit: int
    ) -> Part[Difference]:
        """What is different at `until` from `since`."""
        if since >= until:
            raise ToolError("since must be before until.")
        parts = self._parts(namespace, lambda history, inside: history.between(since, until, inside, cursor, limit))
        return Part(*merged(parts, lambda difference: difference.memory_id, limit))

    def trash(self, namespace: str | None, cursor: str | None, limit: int) -> Part[Trashed]:
        """What lies in the trash, last thrown away first."""
        parts = self._parts(namespace, lambda history, inside: history.trash(inside, cursor, limit))
        return Part(*merged(parts, lambda trashed: trashed.cursor, limit))

    def restore(self, memory_id: str) -> Memory:
        """A memory out of the trash."""
        restored = self._store.restore(memory_id, self._both(None), self.reach.signed)
        if restored is None:
            raise ToolError(
                "Nothing to restore: no memory with that id lies in the trash of a namespace this connection may write "
                "to, or its key belongs to another memory by now. memory_trash lists what can be restored."
            )
        return restored

    def roll_back(self, app: str, since: datetime, namespace: str | None, *, agreed: Plan | None = None) -> Plan:
        """Undoes what was agreed to of what an app of this person wrote since an instant, or only says what that is.

        Shared namespaces are left out where the person may not write.
        """
        namespaces, signed = self._both(namespace), self.reach.signed
        plans: list[Plan] = []
        for place in self._places.writable(namespaces, signed):
            bulk, inside = BulkWrites(place.vault), place.inside(namespaces)
            if agreed is None:
                plan = bulk.planned(app, since, inside)
            else:
                plan = bulk.roll_back(app, since, inside, place.signing(signed), agreed)
            plans.append(replace(plan, memories=tuple(place.told(list(plan.memories)))))
        return together(plans)

    def matching(self, wanted: Wanted) -> tuple[Sequence[Memory], bool]:
        """The memories that fit and may be deleted, at most MOST, and whether there are more."""
        filters = self._deletable(wanted)
        memories: list[Memory] = []
        is_more = False
        for place in self._places.writable(filters.namespaces, self.reach.signed):
            found, is_more_here = BulkWrites(place.vault).matching(_inside(place, filters))
            memories += place.told(found)
            is_more = is_more or is_more_here
        return memories[:MOST], is_more or len(memories) > MOST

    def delete(self, memories: Sequence[Memory], wanted: Wanted) -> int:
        """Puts these into the trash, all but those that changed meanwhile; gives how many."""
        filters, signed = self._deletable(wanted), self.reach.signed
        expected = {memory.id: memory for memory in memories}
        deleted = 0
        for place in self._places.writable(filters.namespaces, signed):
            if any(self._places.of(memory.namespace) is place for memory in memories):
                bulk, inside = BulkWrites(place.vault), _inside(place, filters)
                deleted += bulk.delete(partial(_is_expected, expected, place), inside, place.signing(signed))
        return deleted

    def _named(self, key: str, namespaces: NamespaceSet) -> str:
        """The id of the memory that a key means; none where no vault knows the key."""
        places = self._places.reached(namespaces)
        found = (MemoryHistory(place.vault).named(key, place.inside(namespaces)) for place in places)
        best = max(filter(None, found), key=lambda one: (one.is_live, one.updated_at), default=None)
        return best.memory_id if best is not None else ""

    def _parts(
        self, namespace: str | None, ask: Callable[[MemoryHistory, NamespaceSet], Part[T]]
    ) -> list[tuple[tuple[T, ...], str | None]]:
        """What each vault answers, in the words of the person."""
        namespaces = self.reach.reading(namespace)
        try:
            found = [
                place.told(ask(MemoryHistory(place.vault), place.inside(namespaces)))
                for place in self._places.reached(namespaces)
            ]
        except UnknownCursorError:
            raise ToolError(START_AGAIN) from None
        return [(part.items, part.next_cursor) for part in found]

    def _deletable(self, wanted: Wanted) -> Filters:
        filters = wanted.within(self.reach)
        return Filters(**{**vars(filters), "namespaces": self._both(wanted.namespace)})

    def _both(self, namespace: str | None) -> NamespaceSet:
        """What may be read and written: to undo or delete shows what was there."""
        if namespace is not None:
            return self.reach.reading(namespace).intersection(self.reach.writing(namespace))
        return self.reach.readable.intersection(self.reach.writable)


def _inside(place: Place, filters: Filters) -> Filters:
    return replace(filters, namespaces=place.inside(filters.namespaces))


def _is_expected(expected: Mapping[str, Memory], place: Place, memory: Memory) -> bool:
    """Whether the memory is what the person was shown."""
    return expected.get(memory.id) == place.told(memory)
