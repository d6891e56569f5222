"""The authorization server's database comes back from a backup, and no revocation after that is missed (AS-116)."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from auth_server.grants import revoke_grant
from auth_server.models import Grant
from shared.database import open_engine, unit_of_work
from tests.doors import Connection, Doors, wait_until
from tests.mcp_messages import request

SECONDS_TO_TAKE_EFFECT = 5.0


def status(connection: Connection) -> int:
    """The status of a harmless call."""
    return connection.post(request("tools/list")).status_code


def copy(source: Path, target: Path) -> None:
    """A consistent copy of a database that may be in use; the target is overwritten page by page."""
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


class Restored:
    """An installation whose auth.db was taken back; the resource server ran all the time.

    The backup holds `victim` and `others`. Afterwards the others were revoked, which is news 1 to 3.
    """

    def __init__(self, doors: Doors, backup: Path) -> None:
        self.doors = doors
        person = doors.person()
        self.victim, *self.others = (person.connect() for _ in range(4))
        database = doors.data_dir / "auth.db"
        assert status(self.victim) == 200
        copy(database, backup)
        for other in self.others:
            assert status(other) == 200
            doors.revoke(other)
            wait_until(lambda other=other: status(other) == 401)
        doors.stop_auth()
        copy(backup, database)

    def revoke_unheard(self, connections: list[Connection]) -> None:
        """In the database, while nobody serves the change feed."""
        engine = open_engine(f"sqlite:///{self.doors.data_dir / 'auth.db'}")
        with unit_of_work(engine) as session:
            for connection in connections:
                grant_id = self.doors.claims(connection)["grant_id"]
                revoke_grant(session, session.get_one(Grant, grant_id), "test")
        engine.dispose()


@pytest.fixture
def restored(own_doors: Doors, tmp_path: Path) -> Restored:
    """The authorization server is stopped still."""
    return Restored(own_doors, tmp_path / "backup.db")


def test_a_grant_revoked_after_a_restore_is_refused(restored: Restored) -> None:
    """The feed counts from an earlier number, so that its news is not taken for old."""
    restored.doors.start_auth()
    restored.doors.revoke(restored.victim)
    wait_until(lambda: status(restored.victim) == 401, SECONDS_TO_TAKE_EFFECT)


def test_the_feed_goes_on_after_a_restore(restored: Restored) -> None:
    """Once heard of, the new history is followed like the old; what the backup allows is allowed."""
    restored.doors.start_auth()
    wait_until(lambda: {status(other) for other in restored.others} == {200}, SECONDS_TO_TAKE_EFFECT)
    restored.doors.revoke(restored.victim)
    wait_until(lambda: status(restored.victim) == 401, SECONDS_TO_TAKE_EFFECT)
    assert {status(other) for other in restored.others} == {200}


def test_a_restored_feed_that_has_overtaken_the_old_hides_nothing(restored: Restored) -> None:
    """The victim's end is news 1 again, and the feed stands at 4 before anybody asks for what came after 3."""
    restored.revoke_unheard([restored.victim, *restored.others])
    restored.doors.start_auth()
    wait_until(lambda: status(restored.victim) == 401, SECONDS_TO_TAKE_EFFECT)
