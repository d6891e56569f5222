"""A backup in the place of a person's vault: looked at first, and what it replaces is kept beside it."""

import os
import shutil
from pathlib import Path

from sqlcipher3 import dbapi2  # type: ignore[import-untyped]  # carries no types

from resource_server.memory.migrating import VaultTooNewError
from resource_server.memory.records import StoreBusyError
from resource_server.memory.schema import MIGRATIONS
from resource_server.memory.vault import VaultUnreadableError, alone_in, is_busy, open_connection

REPLACED = "replaced"


class DamagedBackupError(RuntimeError):
    """The file opens, and its pages contradict one another."""


def restore_vault(path: Path, key: bytes, backup: Path) -> None:
    """Puts the file `backup` where the vault at `path` lies, which stays as `<vault>.replaced`.

    No process may have the vault open. Raises VaultUnreadableError for a file of somebody else or another
    installation, DamagedBackupError, VaultTooNewError, StoreBusyError; then nothing has changed.
    """
    draft = path.with_name(f"{path.name}.{REPLACED}-unfinished")
    with alone_in(path.parent):  # who opens a vault waits for this
        try:
            os.close(os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600))
            shutil.copyfile(backup, draft)
            _look_at(draft, key)
            if path.exists():
                _set_aside(path, key)
            draft.replace(path)
        finally:
            for suffix in ("", "-wal", "-shm"):
                draft.with_name(f"{draft.name}{suffix}").unlink(missing_ok=True)


def _look_at(file: Path, key: bytes) -> None:
    if not file.stat().st_size:
        raise VaultUnreadableError("the file is empty")
    connection = open_connection(file, key)
    try:
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if not 0 < version <= len(MIGRATIONS):
            raise VaultTooNewError(f"the backup has schema {version}, this program knows 1 to {len(MIGRATIONS)}")
        if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise DamagedBackupError("the file is damaged")
    except dbapi2.DatabaseError as cause:
        raise DamagedBackupError("the file is damaged") from cause
    finally:
        connection.close()


def _set_aside(path: Path, key: bytes) -> None:
    """With the log folded into it. Raises StoreBusyError where another process has it open."""
    try:
        connection = open_connection(path, key)
    except dbapi2.DatabaseError as cause:
        raise StoreBusyError from cause
    try:
        connection.execute("PRAGMA busy_timeout = 1000")
        # Leaving the log is refused while anybody else is connected, and ends with the log in the file.
        mode = connection.execute("PRAGMA journal_mode = DELETE").fetchone()[0]
    except dbapi2.DatabaseError as cause:
        if is_busy(cause):
            raise StoreBusyError from cause
        raise
    finally:
        connection.close()
    if mode != "delete":
        raise StoreBusyError
    path.replace(path.with_name(f"{path.name}.{REPLACED}"))
