"""One data folder, one Ostiary: two with different addresses would overwrite what the other relies on."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shared.starting import CannotStartError

FILE_NAME = ".running"


class OccupiedError(CannotStartError):
    """Another `ostiary up` runs on this data folder."""


@contextmanager
def occupied(data_dir: Path) -> Iterator[None]:
    """The folder is ours until the block ends, or this process does, however. Raises OccupiedError."""
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Appending, for opening must not wipe the other one's number. Children do not inherit the descriptor, so an
    # orphan on its way out does not hold the folder.
    with (data_dir / FILE_NAME).open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as cause:
            file.seek(0)
            process = file.read().strip() or "unknown"
            raise OccupiedError(
                f"another Ostiary runs on {data_dir.resolve()} (process {process}): stop it first"
            ) from cause
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
