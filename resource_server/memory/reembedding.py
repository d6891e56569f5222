"""Vectors by the present embedder for memories that have none, or another's.

A row says who embedded it, so the work goes on where it was broken off. Meanwhile what is done is found by meaning, and
everything by its words.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

from resource_server.memory.embeddings import bits_of, packed
from resource_server.memory.indexing import number_of
from resource_server.memory.rows import SEEN, seen
from resource_server.memory.vault import Connection
from resource_server.memory.vault_access import Embedded, VaultAccess
from shared.authorization_details import NamespaceSet
from shared.clock import now

EVERYTHING = NamespaceSet(everything=True)
BATCH = 128
STALE = """
    FROM memory_index JOIN memories USING (row)
    WHERE embedder IS NOT coalesce((SELECT number FROM embedders WHERE name = :embedder), 0)
"""
COUNT = f"""
    SELECT count(*) FROM memory_index
    WHERE embedder IS NOT coalesce((SELECT number FROM embedders WHERE name = :embedder), 0) AND {SEEN}
"""  # noqa: S608 (constants)
NEXT = f"SELECT row, memories.key, text {STALE} AND row > :after ORDER BY row LIMIT {BATCH}"
SET_INDEX = "UPDATE memory_index SET embedder = ?, bits = ? WHERE row = ?"
SET_VECTOR = "INSERT INTO memory_vectors VALUES (?, ?) ON CONFLICT (row) DO UPDATE SET vector = excluded.vector"
SAME = "SELECT 1 FROM memories JOIN memory_index USING (row) WHERE row = ? AND memories.key IS ? AND text = ?"

Row = tuple[int, str | None, str]


class EmbedderSilentError(RuntimeError):
    """The embedder does not answer now, or there is none."""


def waiting(connection: Connection, embedder: str, namespaces: NamespaceSet = EVERYTHING) -> int:
    """How many memories of these namespaces have no vector of this embedder yet; none wait for the embedder `none`."""
    if embedder == "none":
        return 0
    return int(connection.execute(COUNT, {"embedder": embedder, **seen(namespaces, now())}).fetchone()[0])


def reembed(vault: VaultAccess) -> Iterator[int]:
    """Embeds what waits, a batch a transaction, and says after each how many were done.

    Raises EmbedderSilentError and StoreBusyError; what was done before stays done.
    """
    after = 0
    while rows := vault.read(partial(_next, embedder=vault.embedder.name, after=after)):
        embedded = vault.embedded_all([(key, text) for _, key, text in rows])
        if any(one is None for one in embedded):
            raise EmbedderSilentError
        vault.noted(partial(_keep, rows=rows, embedded=embedded))
        after = rows[-1][0]
        yield len(rows)


def _next(connection: Connection, embedder: str, after: int) -> list[Row]:
    asked: dict[str, Any] = {"embedder": embedder, "after": after}
    return [] if embedder == "none" else list(connection.execute(NEXT, asked).fetchall())


def _keep(connection: Connection, rows: list[Row], embedded: list[Embedded]) -> None:
    """What changed or went meanwhile is left alone: whoever changed it embedded it."""
    for (row, key, text), one in zip(rows, embedded, strict=True):
        if one is not None and connection.execute(SAME, (row, key, text)).fetchone():
            connection.execute(SET_INDEX, (number_of(connection, one[0]), bits_of(one[1]), row))
            connection.execute(SET_VECTOR, (row, packed(one[1])))
