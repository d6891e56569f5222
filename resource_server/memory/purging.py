"""The end of a memory: what has lain in the trash for long enough leaves the vault with all that hangs on it."""

from datetime import timedelta

from resource_server.memory.conversations.leaving import leave
from resource_server.memory.graph.forgetting import forget_in_graph
from resource_server.memory.rows import microseconds
from resource_server.memory.vault import Connection
from resource_server.memory.words import table_of
from shared.clock import now

TRASH_KEPT = timedelta(days=30)
OUTDATED = "SELECT row, id, namespace FROM memories WHERE deleted_at < :limit OR expires_at < :limit"
BY_ROW = ("memory_index", "memory_vectors", "memory_use", "fingerprints", "claims", "feedback", "memories")
BY_ID = ("events", "origins", "imported", "idempotency_keys")


def purge(connection: Connection) -> None:
    """Forgets for good what has been in the trash, or expired, for longer than the trash is kept."""
    for row, memory_id, namespace in connection.execute(
        OUTDATED, {"limit": microseconds(now() - TRASH_KEPT)}
    ).fetchall():
        number = connection.execute("SELECT number FROM namespaces WHERE namespace = ?", (namespace,)).fetchone()
        if number is not None:
            connection.execute(f"DELETE FROM {table_of(number[0])} WHERE rowid = ?", (row,))  # noqa: S608 (a number of ours)
        for table in BY_ROW:
            connection.execute(f"DELETE FROM {table} WHERE row = ?", (row,))  # noqa: S608 (constants)
        leave(connection, memory_id)
        for table in BY_ID:
            connection.execute(f"DELETE FROM {table} WHERE memory_id = ?", (memory_id,))  # noqa: S608 (constants)
        forget_in_graph(connection, memory_id)
    connection.execute("DELETE FROM documents WHERE deleted_at < :limit", {"limit": microseconds(now() - TRASH_KEPT)})
