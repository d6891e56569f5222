"""Whether anything in the database changed, told without asking for it: what was read before is as good until then."""

import asyncio
import time
from sqlite3 import Connection, Cursor
from typing import cast

from sqlalchemy import Engine
from sqlalchemy.pool import PoolProxiedConnection

UNSEEN_SECONDS = 0.5
"""A database elsewhere tells nothing; what was read of it counts for so long."""


class Changes:
    """Of one database, by whichever process. It lives on the event loop, and keeps a connection of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._is_local = engine.dialect.name == "sqlite"
        self._connection: PoolProxiedConnection | None = None
        self._cursor: Cursor | None = None
        self._of_this_turn: int | None = None

    def generation(self) -> int:
        """Another number after each change.

        SQLite, PRAGMA data_version: another value when another connection wrote; some microseconds, as it is in memory
        that all processes share. It is asked once a turn of the event loop: what is looked at within one was sent
        before it began.
        """
        if not self._is_local:
            return int(time.monotonic() / UNSEEN_SECONDS)
        if self._of_this_turn is None:
            asyncio.get_running_loop().call_soon(self._end_turn)
            self._of_this_turn = self._version()
        return self._of_this_turn

    def _end_turn(self) -> None:
        self._of_this_turn = None

    def _version(self) -> int:
        if self._connection is None or self._cursor is None:
            self._connection = self._engine.raw_connection()
            self._cursor = cast("Connection", self._connection.driver_connection).cursor()
        (version,) = self._cursor.execute("PRAGMA data_version").fetchone()
        return int(version)

    def close(self) -> None:
        """Gives the connection back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = self._cursor = None
