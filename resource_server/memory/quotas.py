"""How much one person may keep. Reading and deleting always work; what is full says what to do."""

from dataclasses import dataclass

from resource_server.memory.records import NoRoomError
from resource_server.memory.vault import Connection

MEGABYTE = 1024 * 1024


class QuotaReachedError(NoRoomError):
    """There is no room for one more; the text says which limit was reached, and what to do."""


@dataclass(frozen=True)
class Quotas:
    """The most memories that may be live in one vault, and the most megabytes its file may hold."""

    memories: int = 1_000_000
    megabytes: int = 4096

    def check(self, connection: Connection, *, adds: int, size: int = 0) -> None:
        """Before a write that makes `adds` more memories, of `size` bytes at least. Raises QuotaReachedError."""
        if _bytes_in(connection) + size >= self.megabytes * MEGABYTE:
            raise QuotaReachedError(
                f"Not saved: this memory holds {self.megabytes:,} MB, as much as the server allows "
                "(OSTIARY_RESOURCE_MAX_VAULT_MB). Deleting makes room when the trash is emptied, after 30 days at the "
                "latest; an administrator can raise the limit."
            )
        if adds and self._holds_too_many(connection, adds):
            parts = f" Room for {adds:,} is needed." if adds > 1 else ""
            raise QuotaReachedError(
                f"Not saved: there are as many memories as the server allows, {self.memories:,} "
                "(OSTIARY_RESOURCE_MAX_MEMORIES). Delete what is no longer needed, or store under an existing key; an "
                f"administrator can raise the limit.{parts}"
            )

    def _holds_too_many(self, connection: Connection, adds: int) -> bool:
        """Counting reads the whole index, which is needed only once as many rows were ever given out."""
        last = connection.execute("SELECT max(row) FROM memories").fetchone()[0] or 0
        return last + adds > self.memories and _live_in(connection) + adds > self.memories


DEFAULT_QUOTAS = Quotas()


def _bytes_in(connection: Connection) -> int:
    pages, free, size = (
        int(connection.execute(f"PRAGMA {name}").fetchone()[0])
        for name in ("page_count", "freelist_count", "page_size")
    )
    return (pages - free) * size


def _live_in(connection: Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM memory_index").fetchone()[0])
