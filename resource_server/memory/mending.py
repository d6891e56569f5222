"""The indexes of a vault made anew from its memories, where they differ."""

from resource_server.memory.indexing import index, unindex
from resource_server.memory.rows import COLUMNS, from_row
from resource_server.memory.vault import Connection
from resource_server.memory.words import table_of

FINDABLE = "deleted_at IS NULL AND quarantined_at IS NULL"
STRAY = f"""
    SELECT row, namespace FROM memory_index WHERE row NOT IN (SELECT row FROM memories WHERE {FINDABLE})
"""  # noqa: S608 (constants)
LACKING = f"SELECT row, {COLUMNS} FROM memories WHERE {FINDABLE} AND row NOT IN (SELECT row FROM memory_index)"  # noqa: S608 (constants)
STRAY_VECTORS = "DELETE FROM memory_vectors WHERE row NOT IN (SELECT row FROM memory_index)"
WITHOUT_VECTOR = """
    UPDATE memory_index SET embedder = NULL, bits = NULL
    WHERE embedder IS NOT NULL AND row NOT IN (SELECT row FROM memory_vectors)
"""
INDEXED_HERE = "SELECT row FROM memory_index WHERE namespace = ?"


def mend(connection: Connection) -> int:
    """Makes the indexes fit the memories; how many rows were mended. Vectors that were lost wait for the embedder."""
    stray = connection.execute(STRAY).fetchall()
    for row, namespace in stray:
        unindex(connection, row, namespace)
    words = sum(
        _mend_words(connection, *one)
        for one in connection.execute("SELECT number, namespace FROM namespaces").fetchall()
    )
    lacking = connection.execute(LACKING).fetchall()
    for row, *columns in lacking:
        connection.execute("DELETE FROM memory_vectors WHERE row = ?", (row,))
        index(connection, row, from_row(tuple(columns)), None)
    connection.execute(STRAY_VECTORS)
    lost = connection.execute(WITHOUT_VECTOR).rowcount
    return len(stray) + words + len(lacking) + int(lost)


def _mend_words(connection: Connection, number: int, namespace: str) -> int:
    table = table_of(number)
    held = {row for (row,) in connection.execute(f"SELECT id FROM {table}_docsize")}  # noqa: S608 (a number of ours)
    indexed = {row for (row,) in connection.execute(INDEXED_HERE, (namespace,))}
    for row in held - indexed:
        connection.execute(f"DELETE FROM {table} WHERE rowid = ?", (row,))  # noqa: S608 (a number of ours)
    for row in indexed - held:
        # Without its words it is indexed from the start.
        connection.execute("DELETE FROM memory_index WHERE row = ?", (row,))
    return len(held - indexed)
