"""Which vaults' indexes are held in memory: those used last, as many as a setting has room for."""

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock

from resource_server.memory.index_columns import Columns, Connection

NOBODY = "none"
ROOM_TO_GROW = 1.25
LAST_CHANGE = "SELECT ifnull((SELECT max(sequence) FROM index_changes), 0)"
FIRST_CHANGE = "SELECT ifnull((SELECT min(sequence) FROM index_changes), 1)"
CHANGED = "SELECT DISTINCT row FROM index_changes WHERE sequence > ?"
LAST_ROW = "SELECT ifnull(max(row), 0) FROM memory_index"


class HeldIndex:
    """The columns of one open vault, brought up to the snapshot of whoever asks.

    The vault itself says which rows changed, so what other processes write is seen as well.
    """

    def __init__(self, memory: "SearchMemory") -> None:
        self._memory = memory
        self._lock = Lock()
        self._columns: Columns | None = None
        self._is_ahead = False  # holds what a transaction that writes saw of itself

    def columns(self, connection: Connection, embedder: str) -> Columns:
        """The index as this snapshot has it, or a little newer; what `embedder` made can be compared.

        Whoever needs no vectors asks for those of NOBODY, and gets what there is.
        """
        with self._lock:
            self._is_ahead |= connection.is_writer
            last = last_change(connection)
            columns = self._columns
            if columns is None or embedder not in (columns.embedder, NOBODY):
                columns = self._loaded(connection, embedder)
            elif last > columns.sequence:
                columns = self._refreshed(connection, columns)
            if columns.sequence < last or columns is not self._columns:
                columns.sequence = last
                self._columns = columns if self._memory.has_room_for(self, columns.size) else None
            return columns

    def forget(self) -> None:
        """Read anew by the next search."""
        self._columns = None

    def settle(self, *, is_committed: bool) -> None:
        """A transaction is over: what it read of itself never was, if it was rolled back."""
        with self._lock:
            if self._is_ahead and not is_committed:
                self._columns = None
            self._is_ahead = False

    def close(self) -> None:
        """Its vault was closed."""
        self._memory.drop(self)
        self.forget()

    def _loaded(self, connection: Connection, embedder: str) -> Columns:
        columns = Columns(embedder, int(connection.execute(LAST_ROW).fetchone()[0] * ROOM_TO_GROW) + 64)
        columns.fill(connection)
        columns.hold_vectors(connection, self._memory.limit)
        return columns

    def _refreshed(self, connection: Connection, columns: Columns) -> Columns:
        rows = changed_since(connection, columns.sequence)
        if rows is None or max(rows, default=0) >= columns.room:
            return self._loaded(connection, columns.embedder)
        columns.fill(connection, rows)
        return columns


@dataclass
class SearchMemory:
    """At most `limit` bytes over all vaults of the process; a vault that is larger is read for each search."""

    limit: int
    _held: OrderedDict[HeldIndex, int] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def has_room_for(self, index: HeldIndex, size: int) -> bool:
        """Whether an index of this size may stay; others that were used longer ago make way for it."""
        with self._lock:
            self._held.pop(index, None)
            if size > self.limit:
                return False
            self._held[index] = size
            while sum(self._held.values()) > self.limit:
                self._held.popitem(last=False)[0].forget()
            return True

    def drop(self, index: HeldIndex) -> None:
        """It needs no room any more."""
        with self._lock:
            self._held.pop(index, None)


def last_change(connection: Connection) -> int:
    """The number of the last change of the index that this snapshot has."""
    return int(connection.execute(LAST_CHANGE).fetchone()[0])


def changed_since(connection: Connection, sequence: int) -> list[int] | None:
    """The rows of the index that changed after this change, or None where that is no longer known."""
    if connection.execute(FIRST_CHANGE).fetchone()[0] > sequence + 1:
        return None
    return [row for (row,) in connection.execute(CHANGED, (sequence,))]
