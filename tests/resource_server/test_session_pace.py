"""How many MCP sessions a person may open in a minute, and how long an ended one is remembered."""

from datetime import timedelta
from pathlib import Path

import pytest
import time_machine

from resource_server.sessions import TOMBSTONE
from shared.clock import now
from shared.database import open_engine
from tests.mcp_messages import initialize, request
from tests.resource_server.session_bridges import WatchedManager, bridge, caller

pytestmark = pytest.mark.anyio


async def test_who_opens_sessions_without_end_goes_on_without_them(tmp_path: Path) -> None:
    """Nobody else is held up, and a minute later all is as before."""
    with time_machine.travel(now().replace(second=0), tick=False) as clock:
        async with bridge(tmp_path, WatchedManager(max_sessions=4), openings=2) as post:
            answers = [await post(initialize()) for _ in range(5)]
            assert [answer.status for answer in answers] == [200] * 5
            assert ["mcp-session-id" in answer.headers for answer in answers] == [True] * 2 + [False] * 3
            assert "mcp-session-id" in (await post(initialize(), by=caller("usr_2"))).headers
            clock.shift(timedelta(minutes=1))
            assert "mcp-session-id" in (await post(initialize())).headers


async def test_an_ended_session_stays_ended_when_nothing_remembers_it(tmp_path: Path) -> None:
    """Its tombstone goes after a while, or openings without end would fill the disk."""
    async with bridge(tmp_path, WatchedManager(), lifetime=int(TOMBSTONE.total_seconds()) * 3) as post:
        session_id = (await post(initialize())).headers["mcp-session-id"]
        assert (await post(None, session_id)).status == 204
        with time_machine.travel(now() + TOMBSTONE + timedelta(seconds=1)):
            await post(initialize())
            assert (await post(request("ping"), session_id)).status == 404
    engine = open_engine(f"sqlite:///{tmp_path / 'resource.db'}")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM mcp_sessions").scalar_one() == 1
    engine.dispose()
