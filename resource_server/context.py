"""What a tool may ask for: the caller, and things that belong to the caller and cannot name anybody else."""

from collections.abc import Callable
from dataclasses import dataclass, field

from resource_server.memory.records import (
    Author,
    Changes,
    Draft,
    Filters,
    Hit,
    Memory,
    Page,
    Signed,
    Stats,
    TooManyNamespacesError,
    UnknownCursorError,
)
from resource_server.memory.store import MemoryStores
from shared.authorization_details import DEFAULT_NAMESPACE, MemoryAccess, NamespaceSet
from shared.scopes import Scope


@dataclass(frozen=True)
class Caller:
    """Who calls, as the token says, and what the grant allows right now: token scope ∩ grant scope, grant details.

    `ensure_live` raises GrantEndedError when the grant was revoked after the call began; a write calls it last.
    `client_name` is what the app calls itself: text to show, never to trust.
    """

    user_id: str
    client_id: str
    grant_id: str
    scopes: frozenset[Scope]
    access: MemoryAccess
    ensure_live: Callable[[], None] = field(repr=False)
    client_name: str = ""

    def may(self, scope: Scope) -> bool:
        """Whether the scope is held and the details leave something to use it on (RFC 9396 §2)."""
        if scope not in self.scopes:
            return False
        reach = {Scope.MEMORY_READ: self.access.read, Scope.MEMORY_WRITE: self.access.write}
        return scope not in reach or bool(reach[scope])


class GrantEndedError(Exception):
    """The person took the grant back while the call was running: nothing more may be written."""


class ToolError(Exception):
    """Something the calling model can mend; the text says what to do, and is all that the model reads."""


class MyMemories:
    """The caller's memories, as far as the grant reaches: every read and every write is narrowed here.

    What may not be read does not exist as far as answers tell. Methods raise ToolError for what the model can mend.
    """

    def __init__(self, stores: MemoryStores, caller: Caller, tool: str) -> None:
        nothing = NamespaceSet()
        self._store = stores.of(caller.user_id)
        self.readable = caller.access.read if Scope.MEMORY_READ in caller.scopes else nothing
        self.writable = caller.access.write if Scope.MEMORY_WRITE in caller.scopes else nothing
        author = Author(caller.client_id, caller.grant_id, tool, caller.client_name)
        self._signed = Signed(author, caller.ensure_live)

    def put(self, draft: Draft) -> tuple[Memory, bool]:
        """Stores, or replaces what the namespace holds under the same key; True for a memory that is new."""
        if draft.namespace not in self.writable:
            raise ToolError(_refused("write to", draft.namespace, self.writable))
        try:
            return self._store.put(draft, self._signed)
        except TooManyNamespacesError:
            raise ToolError("There are too many namespaces already. Use one that exists.") from None

    def writing_to(self, namespace: str | None) -> str:
        """The namespace named; else `personal`; else, where the grant names one other alone, that one."""
        if namespace is not None:
            return namespace
        if DEFAULT_NAMESPACE in self.writable:
            return DEFAULT_NAMESPACE
        if len(self.writable.names) == 1:
            return next(iter(self.writable.names))
        raise ToolError(f"Name a namespace: this connection may write to {_names(self.writable)}.")

    def by_id(self, memory_id: str) -> Memory:
        """The memory with this id."""
        memory = self._store.get(memory_id, self.readable)
        if memory is None:
            raise ToolError("There is no memory with that id.")
        return memory

    def by_key(self, key: str, namespace: str | None) -> list[Memory]:
        """Every memory under this key, at most one a namespace."""
        return self._store.by_key(key, self._reading(namespace))

    def one_by_key(self, key: str, namespace: str | None) -> Memory:
        """The one memory under this key."""
        found = self.by_key(key, namespace)
        if not found:
            raise ToolError("There is no memory with that key.")
        if len(found) > 1:
            places = ", ".join(sorted(memory.namespace for memory in found))
            raise ToolError(f"Several namespaces hold that key: {places}. Name one.")
        return found[0]

    def search(self, query: str, namespace: str | None, tags: tuple[str, ...], limit: int) -> list[Hit]:
        """The best matches that carry all of the tags."""
        return self._store.search(query, Filters(self._reading(namespace), tags), limit)

    def page(self, namespace: str | None, tags: tuple[str, ...], cursor: str | None, limit: int) -> Page:
        """A page of memories, newest first."""
        try:
            return self._store.page(Filters(self._reading(namespace), tags), cursor, limit)
        except UnknownCursorError:
            raise ToolError("Unknown cursor. Start again without one.") from None

    def update(self, memory: Memory, changes: Changes) -> Memory:
        """The memory with some fields replaced."""
        return self._still_there(self._store.update(memory.id, changes, self._changing(memory), self._signed))

    def delete(self, memory: Memory) -> Memory:
        """Puts the memory into the trash."""
        return self._still_there(self._store.delete(memory.id, self._changing(memory), self._signed))

    def stats(self, namespace: str | None) -> Stats:
        """Counts over what may be read."""
        return self._store.stats(self._reading(namespace))

    def _reading(self, namespace: str | None) -> NamespaceSet:
        if namespace is None:
            return self.readable
        if namespace not in self.readable:
            raise ToolError(_refused("read", namespace, self.readable))
        return NamespaceSet(frozenset({namespace}))

    def _changing(self, memory: Memory) -> NamespaceSet:
        if memory.namespace not in self.writable:
            raise ToolError(_refused("write to", memory.namespace, self.writable))
        return NamespaceSet(frozenset({memory.namespace}))

    def _still_there(self, memory: Memory | None) -> Memory:
        if memory is None:
            raise ToolError("The memory was deleted or expired meanwhile.")
        return memory


def _refused(action: str, namespace: str, allowed: NamespaceSet) -> str:
    """The same words whether or not the namespace holds anything."""
    return (
        f"This connection may not {action} the namespace {namespace!r}; it may {action} {_names(allowed)}. "
        "The person decides that when connecting the app, or later on the page of connected apps."
    )


def _names(allowed: NamespaceSet) -> str:
    if allowed.everything:
        return "every namespace"
    return ", ".join(sorted(allowed.names)) or "none"
