"""The history of the caller's memories, and what undoes it."""

from collections.abc import Sequence
from datetime import datetime

from resource_server.context.caller import Caller, ToolError
from resource_server.context.reach import Reach
from resource_server.context.wanted import Wanted
from resource_server.memory.bulk_writes import BulkWrites
from resource_server.memory.history import Difference, MemoryHistory, Part, Step, Trashed
from resource_server.memory.records import Filters, Memory, UnknownCursorError
from resource_server.memory.rolling_back import Undo
from resource_server.memory.store import MemoryStores
from shared.authorization_details import NamespaceSet

START_AGAIN = "Unknown cursor. Start again without one."


class MyHistory:
    """What happened to the caller's memories, as far as the grant reaches.

    What may not be read has no history; what may not be written is undone by nothing here. Methods raise ToolError.
    """

    def __init__(self, stores: MemoryStores, caller: Caller, tool: str) -> None:
        self.reach = Reach(caller, tool)
        self._store = stores.of(caller.user_id)
        vault = stores.vault_of(caller.user_id)
        self._history = MemoryHistory(vault)
        self._bulk = BulkWrites(vault)

    def of(
        self, memory_id: str | None, key: str | None, namespace: str | None, cursor: str | None, limit: int
    ) -> Part[Step]:
        """What happened to one memory, named by id or by key, newest first."""
        readable = self.reach.reading(namespace)
        if (memory_id is None) == (key is None):
            raise ToolError("Name one memory: give either id or key.")
        found = memory_id if memory_id is not None else self._history.named(key or "", readable)
        try:
            steps = self._history.of(found or "", readable, cursor, limit)
        except UnknownCursorError:
            raise ToolError(START_AGAIN) from None
        if not steps.items and cursor is None:
            raise ToolError("There is no such memory, also not in the trash.")
        return steps

    def between(
        self, since: datetime, until: datetime, namespace: str | None, cursor: str | None, limit: int
    ) -> Part[Difference]:
        """What is different at `until` from `since`."""
        if since >= until:
            raise ToolError("since must be before until.")
        try:
            return self._history.between(since, until, self.reach.reading(namespace), cursor, limit)
        except UnknownCursorError:
            raise ToolError(START_AGAIN) from None

    def trash(self, namespace: str | None, cursor: str | None, limit: int) -> Part[Trashed]:
        """What lies in the trash, last thrown away first."""
        try:
            return self._history.trash(self.reach.reading(namespace), cursor, limit)
        except UnknownCursorError:
            raise ToolError(START_AGAIN) from None

    def restore(self, memory_id: str) -> Memory:
        """A memory out of the trash."""
        restored = self._store.restore(memory_id, self._both(None), self.reach.signed)
        if restored is None:
            raise ToolError(
                "Nothing to restore: no memory with that id lies in the trash of a namespace this connection may write "
                "to, or its key belongs to another memory by now. memory_trash lists what can be restored."
            )
        return restored

    def roll_back(
        self, app: str, since: datetime, namespace: str | None, *, dry_run: bool
    ) -> tuple[Sequence[Undo], bool]:
        """Undoes what an app wrote since an instant, or only says what that would be; and whether more is left."""
        namespaces = self._both(namespace)
        if dry_run:
            return self._bulk.planned(app, since, namespaces)
        return self._bulk.roll_back(app, since, namespaces, self.reach.signed)

    def matching(self, wanted: Wanted) -> tuple[Sequence[Memory], bool]:
        """The memories that fit and may be deleted, and whether there are more."""
        return self._bulk.matching(self._deletable(wanted))

    def delete(self, memories: Sequence[Memory], wanted: Wanted) -> int:
        """Puts these into the trash, all but those that changed meanwhile; gives how many."""
        return self._bulk.delete(memories, self._deletable(wanted), self.reach.signed)

    def _deletable(self, wanted: Wanted) -> Filters:
        filters = wanted.within(self.reach)
        return Filters(**{**vars(filters), "namespaces": self._both(wanted.namespace)})

    def _both(self, namespace: str | None) -> NamespaceSet:
        """What may be read and written: to undo or delete shows what was there."""
        if namespace is not None:
            return self.reach.reading(namespace).intersection(self.reach.writing(namespace))
        return self.reach.readable.intersection(self.reach.writable)
