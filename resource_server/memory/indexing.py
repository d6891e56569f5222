"""The indexes of a vault: what searches scan and match instead of the memories themselves."""

from resource_server.memory.embeddings import bits_of, packed
from resource_server.memory.ranking import WORD
from resource_server.memory.records import Memory, TooManyNamespacesError
from resource_server.memory.rows import to_row
from resource_server.memory.vault import Connection
from resource_server.memory.vault_access import Embedded
from resource_server.memory.words import create_corpus, table_of

MAX_NAMESPACES = 200
INDEXED = (
    "row", "namespace", "expires_at", "embedder", "bits", "kind", "client_id", "client_name", "happened_at",
    "conversation", "tags", "length",
)  # fmt: skip
INTO_INDEX = (
    f"INSERT INTO memory_index ({', '.join(INDEXED)}) "  # noqa: S608 (constants)
    f"VALUES ({', '.join(f':{name}' for name in INDEXED)})"
)


def index(connection: Connection, row: int, memory: Memory, embedded: Embedded) -> None:
    """A live memory becomes findable. Raises TooManyNamespacesError."""
    words = table_of(namespace_number(connection, memory.namespace))
    connection.execute(
        f"INSERT INTO {words} (rowid, key, text, tags) VALUES (?, ?, ?, ?)",  # noqa: S608 (a number of ours)
        (row, memory.key or "", memory.text, " ".join(memory.tags)),
    )
    number, bits = (None, None) if embedded is None else (number_of(connection, embedded[0]), bits_of(embedded[1]))
    connection.execute(
        INTO_INDEX,
        {**to_row(memory), "row": row, "embedder": number, "bits": bits, "length": _length(memory)},
    )
    if embedded is not None:
        connection.execute("INSERT INTO memory_vectors VALUES (?, ?)", (row, packed(embedded[1])))


def _length(memory: Memory) -> int:
    """About as many words as FTS5 counts in a row."""
    return len(WORD.findall(f"{memory.key or ''} {memory.text} {' '.join(memory.tags)}"))


def number_of(connection: Connection, embedder: str) -> int:
    """The short number under which this vault knows an embedder."""
    find = "SELECT number FROM embedders WHERE name = ?"
    known = connection.execute(find, (embedder,)).fetchone()
    if known is None:
        connection.execute("INSERT INTO embedders (name) VALUES (?)", (embedder,))
        known = connection.execute(find, (embedder,)).fetchone()
    return int(known[0])


def namespace_number(connection: Connection, namespace: str) -> int:
    """The number of a namespace, and its table of words, made when it is new. Raises TooManyNamespacesError."""
    known = connection.execute("SELECT number FROM namespaces WHERE namespace = ?", (namespace,)).fetchone()
    if known is not None:
        return int(known[0])
    if connection.execute("SELECT count(*) FROM namespaces").fetchone()[0] >= MAX_NAMESPACES:
        raise TooManyNamespacesError(f"there are {MAX_NAMESPACES} namespaces already")
    number = int(connection.execute("INSERT INTO namespaces (namespace) VALUES (?)", (namespace,)).lastrowid)
    create_corpus(connection, number)
    return number


def unindex(connection: Connection, row: int, namespace: str) -> None:
    """What is deleted, expired or waits in quarantine is found no more."""
    words = table_of(namespace_number(connection, namespace))
    connection.execute(f"DELETE FROM {words} WHERE rowid = ?", (row,))  # noqa: S608 (a number of ours)
    connection.execute("DELETE FROM memory_index WHERE row = ?", (row,))
    connection.execute("DELETE FROM memory_vectors WHERE row = ?", (row,))
