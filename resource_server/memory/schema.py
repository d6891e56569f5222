"""The tables inside a vault, by `user_version`: each migration is a list of statements, run in one transaction."""

from typing import Any

MEMORIES = (
    """CREATE TABLE memories (
        row INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        namespace TEXT NOT NULL,
        key TEXT,
        text TEXT NOT NULL,
        tags TEXT NOT NULL,
        importance REAL NOT NULL,
        metadata TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        expires_at INTEGER,
        deleted_at INTEGER,
        client_id TEXT NOT NULL,
        client_name TEXT NOT NULL,
        grant_id TEXT NOT NULL,
        tool TEXT NOT NULL
    )""",
    "CREATE UNIQUE INDEX memories_by_key ON memories (namespace, key) WHERE key IS NOT NULL AND deleted_at IS NULL",
    "CREATE INDEX memories_by_namespace ON memories (namespace, id)",
    "CREATE INDEX memories_deleted ON memories (deleted_at) WHERE deleted_at IS NOT NULL",
    "CREATE INDEX memories_expiring ON memories (expires_at) WHERE expires_at IS NOT NULL",
)

EVENTS = (
    # What each write left behind, whole: the past can be read from here without replaying anything.
    """CREATE TABLE events (
        sequence INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        kind TEXT NOT NULL,
        memory_id TEXT NOT NULL,
        namespace TEXT NOT NULL,
        state TEXT,
        client_id TEXT NOT NULL,
        client_name TEXT NOT NULL,
        grant_id TEXT NOT NULL,
        tool TEXT NOT NULL
    )""",
    "CREATE INDEX events_by_memory ON events (memory_id, sequence)",
)

INDEXES = (
    # A namespace's words lie in memory_words_<number>, made with its first memory.
    "CREATE TABLE namespaces (number INTEGER PRIMARY KEY, namespace TEXT NOT NULL UNIQUE)",
    "CREATE TABLE embedders (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
    # One narrow row a live memory: searches filter and scan here, and read the wide rows of the few that remain.
    """CREATE TABLE memory_index (
        row INTEGER PRIMARY KEY, namespace TEXT NOT NULL, expires_at INTEGER, embedder INTEGER, bits BLOB
    )""",
    "CREATE INDEX memory_index_by_namespace ON memory_index (namespace)",
    "CREATE TABLE memory_vectors (row INTEGER PRIMARY KEY, vector BLOB NOT NULL)",
)

MIGRATIONS = ((*MEMORIES, *EVENTS, *INDEXES),)
"""Migration n leads to `user_version` n + 1. Never changed once released, only added to."""


class VaultTooNewError(RuntimeError):
    """A newer version of the program wrote this vault; this one leaves it alone."""


def migrate(connection: Any) -> None:
    """Brings the vault to the newest schema; two processes that start at once do it once."""
    if _version(connection) == len(MIGRATIONS):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        _run_missing(connection)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _run_missing(connection: Any) -> None:
    version = _version(connection)
    if version > len(MIGRATIONS):
        raise VaultTooNewError(f"the vault has schema {version}, this program knows {len(MIGRATIONS)}")
    for statement in (statement for migration in MIGRATIONS[version:] for statement in migration):
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


def _version(connection: Any) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
