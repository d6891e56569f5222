"""One encrypted file: a writer behind a lock, a few readers, nothing readable on disk (SQLCipher)."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import LifoQueue
from threading import Lock
from typing import TYPE_CHECKING, Any

import sqlite_vec  # type: ignore[import-untyped]  # carries no types
from sqlcipher3 import dbapi2  # type: ignore[import-untyped]  # carries no types

from resource_server.memory.migrating import migrate
from resource_server.memory.vault_copies import forget_old_copies, keep_before_migration, write_copy

if TYPE_CHECKING:
    from resource_server.memory.search_memory import HeldIndex

BUSY_TIMEOUT_SECONDS = 10
READERS = 2
CACHE_KIB = 8192

Connection = Any
"""A SQLCipher connection; the library carries no types."""

# cipher_memory_security stays off: it would pin and wipe every page of the cache at several times the cost, and who
# reads this process's memory reads the answers anyway. What it guards is the disk.
SETTINGS = (
    "temp_store = MEMORY",  # sorts and temporary tables would otherwise spill readable text to disk
    "journal_mode = WAL",
    "synchronous = FULL",  # an acknowledged write survives a power cut
    "secure_delete = ON",
    "foreign_keys = ON",
    f"cache_size = -{CACHE_KIB}",
)


class VaultUnreadableError(RuntimeError):
    """The file is not a vault that this key opens."""


class Vault:
    """An open vault. Threads may share it; other processes may have it open too (SQLite's own locks decide)."""

    def __init__(self, path: Path, key: bytes, index: "HeldIndex | None" = None) -> None:
        self._path = path
        self._key = key
        self._index = index
        self._write_lock = Lock()
        with alone_in(path.parent):
            path.touch(mode=0o600)  # the log and the shared memory file take over the mode
            self._writer = open_connection(path, key)
            self._writer.index, self._writer.is_writer = index, True
            keep_before_migration(self._writer, path)
            migrate(self._writer)
            forget_old_copies(path)
        self._connections = [self._writer]
        self._readers: LifoQueue[Connection | None] = LifoQueue()
        for _ in range(READERS):
            self._readers.put(None)  # opened when first needed

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction that holds the write lock from its first statement; raising rolls it back."""
        with self._write_lock:
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                self._settle(is_committed=False)
                raise
            self._settle(is_committed=True)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One snapshot of everything committed before."""
        reader = self._readers.get()
        try:
            reader = reader or self._open_reader()
            reader.execute("BEGIN")
            try:
                yield reader
            finally:
                reader.execute("ROLLBACK")
        finally:
            self._readers.put(reader)

    def copy_to(self, file: Path) -> None:
        """A copy with the same key, of all that was committed before, while others go on. Raises NoRoomError."""
        with self._write_lock:
            write_copy(self._writer, self._path, file)

    def close(self) -> None:
        """Closes every connection; the last process to do so folds the write-ahead log into the file."""
        with self._write_lock:
            for connection in reversed(self._connections):
                connection.close()
            if self._index is not None:
                self._index.close()

    def _settle(self, *, is_committed: bool) -> None:
        if self._index is not None:
            self._index.settle(is_committed=is_committed)

    def _open_reader(self) -> Connection:
        reader = open_connection(self._path, self._key)
        _load_vectors(reader)
        reader.index = self._index
        reader.execute("PRAGMA query_only = ON")
        self._connections.append(reader)
        return reader


@contextmanager
def in_memory() -> Iterator[Connection]:
    """An empty vault of the moment: it has the tables, never touches the disk, and is gone afterwards."""
    connection = dbapi2.connect(":memory:", isolation_level=None, cached_statements=256, factory=VaultConnection)
    try:
        connection.execute("PRAGMA temp_store = MEMORY")
        _load_vectors(connection)
        migrate(connection)
        connection.execute("BEGIN")
        yield connection
    finally:
        connection.close()


def _load_vectors(connection: Connection) -> None:
    connection.enable_load_extension(True)
    sqlite_vec.load(connection)
    connection.enable_load_extension(False)


class VaultConnection(dbapi2.Connection):  # type: ignore[misc]  # the library carries no types
    """A connection that knows what its vault holds in memory."""

    index: "HeldIndex | None" = None
    is_writer = False


def open_connection(path: Path, key: bytes) -> Connection:
    """A connection that reads and writes. Raises VaultUnreadableError where the key does not open the file."""
    connection = dbapi2.connect(
        str(path),
        timeout=BUSY_TIMEOUT_SECONDS,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
        factory=VaultConnection,
    )
    try:
        # 32 bytes of key and 16 of salt: with the salt named, processes that create the file at once agree on it.
        connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        for setting in SETTINGS:
            connection.execute(f"PRAGMA {setting}")
        connection.execute("SELECT count(*) FROM sqlite_master")
    except dbapi2.DatabaseError as cause:
        connection.close()
        if is_busy(cause):
            raise
        raise VaultUnreadableError(f"{path.name} cannot be opened with its key") from cause
    return connection


def is_busy(error: dbapi2.DatabaseError) -> bool:
    """Whether another process held the lock until the busy timeout; extended codes keep the reason in the low byte."""
    return bool(getattr(error, "sqlite_errorcode", 0) & 0xFF == dbapi2.SQLITE_BUSY)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """One process at a time creates or migrates; the lock is on the folder, so that no lock file stays behind."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
