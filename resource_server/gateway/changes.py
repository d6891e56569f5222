"""Whether anything in the database changed, told without asking for it: what was read before is as good until then."""

import asyncio
import time

from sqlalchemy import Engine

from shared.database_version import DatabaseVersion

UNSEEN_SECONDS = 0.5
"""A database elsewhere tells nothing; what was read of it counts for so long."""


class Changes:
    """Of one database, by whichever process. It lives on the event loop, and keeps a connection of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._version: DatabaseVersion | None = None
        self._of_this_turn: int | None = None

    def generation(self) -> int:
        """Another number after each change.

        It is asked for once a turn of the event loop: what is looked at within one was sent before it began.
        """
        if self._of_this_turn is None:
            asyncio.get_running_loop().call_soon(self._end_turn)
            self._of_this_turn = self._asked()
        return self._of_this_turn

    def _end_turn(self) -> None:
        self._of_this_turn = None

    def _asked(self) -> int:
        if self._version is None:
            self._version = DatabaseVersion(self._engine)
        counted = self._version.now()
        return int(time.monotonic() / UNSEEN_SECONDS) if counted is None else counted

    def close(self) -> None:
        """Ends the connection."""
        if self._version is not None:
            self._version.close()
            self._version = None
