"""The caller's memories."""

from collections.abc import Iterable
from datetime import datetime

from resource_server.context.caller import Caller, ToolError
from resource_server.context.reach import Reach
from resource_server.context.wanted import Wanted
from resource_server.memory.idempotency import IdempotencyKeyReusedError
from resource_server.memory.origins import Statement
from resource_server.memory.records import (
    Changes,
    Draft,
    Hit,
    Kept,
    Memory,
    Page,
    Stats,
    TooManyNamespacesError,
    UnknownCursorError,
)
from resource_server.memory.store import MemoryStores


class MyMemories:
    """The caller's memories, as far as the grant reaches: every read and every write is narrowed here.

    What may not be read does not exist as far as answers tell. Methods raise ToolError for what the model can mend.
    """

    def __init__(self, stores: MemoryStores, caller: Caller, tool: str) -> None:
        self.reach = Reach(caller, tool)
        self._store = stores.of(caller.user_id)

    def put(self, draft: Draft) -> tuple[Memory, bool]:
        """Stores, or replaces what the namespace holds under the same key; True for a memory that is new."""
        kept = self.keep(draft)
        return kept.memory, kept.created

    def keep(self, draft: Draft, idempotency_key: str | None = None) -> Kept:
        """What became of the draft; `put` with more to tell."""
        self.reach.writing(draft.namespace)
        try:
            return self._store.keep(draft, self.reach.signed, idempotency_key)
        except TooManyNamespacesError:
            raise ToolError("There are too many namespaces already. Use one that exists.") from None
        except IdempotencyKeyReusedError:
            raise ToolError("That idempotency_key was used for another text. Take a new one for each memory.") from None

    def origins(self, memories: Iterable[Memory]) -> dict[str, tuple[Statement, ...]]:
        """Who else said what these memories say, by their ids."""
        return self._store.origins([memory.id for memory in memories if memory.namespace in self.reach.readable])

    def by_id(self, memory_id: str, as_of: datetime | None = None) -> Memory:
        """The memory with this id, as it was at an instant if one is given."""
        memory = self._store.get(memory_id, self.reach.readable, as_of)
        if memory is None:
            raise ToolError("There is no memory with that id.")
        return memory

    def by_key(self, key: str, namespace: str | None, as_of: datetime | None = None) -> list[Memory]:
        """Every memory under this key, at most one a namespace."""
        return self._store.by_key(key, self.reach.reading(namespace), as_of)

    def one_by_key(self, key: str, namespace: str | None) -> Memory:
        """The one memory under this key."""
        found = self.by_key(key, namespace)
        if not found:
            raise ToolError("There is no memory with that key.")
        if len(found) > 1:
            places = ", ".join(sorted(memory.namespace for memory in found))
            raise ToolError(f"Several namespaces hold that key: {places}. Name one.")
        return found[0]

    def search(self, query: str, wanted: Wanted, limit: int, *, folded: bool = True) -> list[Hit]:
        """The best matches among what is wanted; unless `folded`, memories that say the same one by one."""
        return self._store.search(query, wanted.within(self.reach), limit, folded=folded)

    def page(self, wanted: Wanted, cursor: str | None, limit: int) -> Page:
        """A page of memories, newest first."""
        try:
            return self._store.page(wanted.within(self.reach), cursor, limit)
        except UnknownCursorError:
            raise ToolError("Unknown cursor. Start again without one.") from None

    def update(self, memory: Memory, changes: Changes) -> Memory:
        """The memory with some fields replaced."""
        return self._still_there(
            self._store.update(memory.id, changes, self.reach.writing(memory.namespace), self.reach.signed)
        )

    def delete(self, memory: Memory) -> Memory:
        """Puts the memory into the trash."""
        return self._still_there(self._store.delete(memory.id, self.reach.writing(memory.namespace), self.reach.signed))

    def unembedded(self) -> int:
        """How many memories that may be read wait for their vector."""
        return self._store.unembedded(self.reach.readable)

    def stats(self, namespace: str | None, as_of: datetime | None = None) -> Stats:
        """Counts over what may be read."""
        return self._store.stats(self.reach.reading(namespace), as_of)

    def _still_there(self, memory: Memory | None) -> Memory:
        if memory is None:
            raise ToolError("The memory was deleted or expired meanwhile.")
        return memory
