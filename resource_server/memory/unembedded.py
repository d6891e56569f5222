"""Whose vaults may hold memories without a vector: those just opened, and those written while no embedder answered."""

from threading import Lock


class Unembedded:
    """User ids to be looked at; threads may share it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._user_ids: set[str] = set()

    def add(self, user_id: str) -> None:
        """Somebody should look at this vault."""
        with self._lock:
            self._user_ids.add(user_id)

    def taken(self) -> tuple[str, ...]:
        """All of them, in order; they are no longer held."""
        with self._lock:
            taken, self._user_ids = sorted(self._user_ids), set()
        return tuple(taken)
