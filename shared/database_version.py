"""Whether anybody has committed since: SQLite counts it, other databases do not say."""

import sqlite3

from sqlalchemy import Engine


class DatabaseVersion:
    """A number that changes with every commit of any other connection, of this process or another.

    What was read while the number was the same is still what the database says (SQLite, PRAGMA data_version). Asking
    takes microseconds and waits for nobody.
    """

    def __init__(self, engine: Engine) -> None:
        self._counts = engine.dialect.name == "sqlite"
        if self._counts:
            connection = engine.raw_connection()
            self._connection = connection.driver_connection
            connection.detach()  # it is never given back, so the pool must not count it
            self._ask("PRAGMA busy_timeout=0")

    def now(self) -> int | None:
        """The number, or None where nothing is counted or nothing could be asked."""
        try:
            return self._ask("PRAGMA data_version") if self._counts else None
        except sqlite3.OperationalError:
            return None

    def close(self) -> None:
        """Ends the connection."""
        if self._counts and self._connection is not None:
            self._connection.close()

    def _ask(self, pragma: str) -> int | None:
        assert self._connection is not None  # noqa: S101 (a connection that was just opened has one)
        row = self._connection.execute(pragma).fetchone()
        return int(row[0]) if row is not None else None
