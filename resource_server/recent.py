"""A bounded memory: it forgets what was used longest ago, so that no stranger can make it grow."""

from collections import OrderedDict
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Recent(Generic[K, V]):
    """At most `limit` entries."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._entries: OrderedDict[K, V] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: K) -> V | None:
        """The value, which is now the most recently used, or None."""
        try:
            self._entries.move_to_end(key)
            return self._entries[key]
        except KeyError:  # also when another thread made it leave between the two lines
            return None

    def put(self, key: K, value: V) -> V | None:
        """Stores or replaces; the least recently used entry makes room, and its value is returned."""
        self._entries[key] = value
        self._entries.move_to_end(key)
        return self._entries.popitem(last=False)[1] if len(self._entries) > self._limit else None

    def pop(self, key: K) -> V | None:
        """Forgets an entry and returns it, or None."""
        return self._entries.pop(key, None)

    def items(self) -> list[tuple[K, V]]:
        """All entries as they are now, the least recently used first."""
        return list(self._entries.items())

    def clear(self) -> None:
        """Forgets everything."""
        self._entries.clear()
