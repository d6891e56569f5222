"""What the caller's apps did, as far as one app may know it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from resource_server.context.caller import Caller, ToolError
from resource_server.context.reach import Reach
from resource_server.memory.ledger import Action, Entry, WantedEntries, entries
from resource_server.memory.store import MemoryStores


@dataclass(frozen=True)
class EntryPage:
    """Part of the ledger, newest first; `next_cursor` continues it, None ends it."""

    entries: tuple[Entry, ...]
    next_cursor: str | None


class MyLedger:
    """The caller's ledger, narrowed by the grant.

    Questions of other apps are as telling as memories: only an app whose grant reads every namespace sees them. Any
    other sees what it did itself, and of that nothing that touched a namespace it may not read now.
    """

    def __init__(self, stores: MemoryStores, caller: Caller, tool: str) -> None:
        self.reach = Reach(caller, tool)
        self._stores = stores
        self._vault = stores.vault_of(caller.user_id)
        self._client_id = caller.client_id

    @classmethod
    def maker(cls, stores: MemoryStores) -> Callable[[Caller, str], "MyLedger"]:
        """Makes the ledger of each call."""
        return lambda caller, tool: cls(stores, caller, tool)

    @property
    def sees_every_app(self) -> bool:
        """Whether other apps' entries are in what is shown."""
        return self.reach.readable.everything

    def page(
        self,
        cursor: str | None,
        limit: int,
        app: str | None,
        action: Action | None,
        since: datetime | None,
        until: datetime | None,
    ) -> EntryPage:
        """A page of entries; what this process noted a moment ago is in it."""
        left = _number(cursor)
        wanted = WantedEntries(self.reach.readable, self._client_id, app, action, since, until)
        self._stores.settle()
        if not self._vault.exists:
            return EntryPage((), None)
        page, left = self._vault.read(lambda connection: entries(connection, wanted, left, limit))
        return EntryPage(page, str(left) if left else None)


def _number(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    if not cursor.isascii() or not cursor.isdigit() or len(cursor) > 18:
        raise ToolError("Unknown cursor. Start again without one.")
    return int(cursor)
