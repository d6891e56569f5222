"""Copies of a vault, encrypted as it is and with its key: one before each migration, kept for 90 days."""

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from resource_server.memory.schema import MIGRATIONS
from shared.clock import now

COPY_KEPT = timedelta(days=90)
ROOM_LEFT = 64 * 1024 * 1024
"""So much stays free on the disk, beside the copy."""


class NoRoomError(RuntimeError):
    """There is no room on the disk for a copy; nothing was changed."""


def write_copy(connection: Any, path: Path, copy: Path) -> None:
    """The vault at `path`, all that is committed in one snapshot, as another file. Raises NoRoomError.

    Written beside its place and moved there when it is whole, in place of one that was there.
    """
    size = sum(file.stat().st_size for file in (path, path.with_name(f"{path.name}-wal")) if file.exists())
    if shutil.disk_usage(copy.parent).free < 2 * size + ROOM_LEFT:
        raise NoRoomError(f"a copy of {path.name} needs {size:,} bytes on the disk and {ROOM_LEFT:,} to spare")
    unfinished = copy.with_name(f"{copy.name}-unfinished")
    unfinished.unlink(missing_ok=True)
    os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        connection.execute("VACUUM INTO ?", (str(unfinished),))
        _onto_disk(unfinished)
        unfinished.replace(copy)
    finally:
        unfinished.unlink(missing_ok=True)


def keep_before_migration(connection: Any, path: Path) -> None:
    """A copy under `<vault>.before-<version>`, where a migration is due and there is something to lose."""
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if 0 < version < len(MIGRATIONS):
        write_copy(connection, path, path.with_name(f"{path.name}.before-{len(MIGRATIONS)}"))


def copies_of(path: Path) -> tuple[Path, ...]:
    """Where copies of a vault may lie, and halves of them."""
    names = (*(f"before-{number}" for number in range(2, len(MIGRATIONS) + 1)), "replaced")
    files = [path.with_name(f"{path.name}.{name}") for name in names]
    return tuple(part for file in files for part in (file, file.with_name(f"{file.name}-unfinished")))


def forget_old_copies(path: Path) -> None:
    """Removes those that were kept long enough."""
    for copy in copies_of(path):
        if copy.exists() and datetime.fromtimestamp(copy.stat().st_mtime, UTC) < now() - COPY_KEPT:
            copy.unlink(missing_ok=True)


def _onto_disk(file: Path) -> None:
    handle = os.open(file, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
