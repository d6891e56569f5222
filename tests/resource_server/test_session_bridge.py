"""A session the SDK has let go, as it does after a while of silence, goes on for its client."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import pytest
import structlog
import time_machine

from resource_server.transport.greeting import dismiss
from shared.clock import now
from tests.mcp_messages import initialize, request
from tests.resource_server.session_bridges import LIFETIME, Answer, WatchedManager, bridge, exchange

pytestmark = pytest.mark.anyio


async def test_a_session_the_sdk_forgot_is_opened_again(tmp_path: Path) -> None:
    manager = WatchedManager()
    async with bridge(tmp_path, manager) as post:
        session_id = (await post(initialize())).headers["mcp-session-id"]
        assert (await post(request("ping"), session_id)).status == 200
        forgotten = manager.asked[-1]
        await dismiss(exchange(request("ping"), Answer()).scope, manager.handle_request, forgotten)
        again = await post(request("ping", request_id=7), session_id)
        assert json.loads(again.body) == {"jsonrpc": "2.0", "id": 7, "result": {}}
        assert again.headers["mcp-session-id"] == session_id
        assert manager.asked[-1] != forgotten


async def test_a_session_for_which_there_is_no_room_is_told_to_come_back(tmp_path: Path) -> None:
    """503, not 404: the session still exists."""
    manager = WatchedManager(max_sessions=1)
    async with bridge(tmp_path, manager) as post:
        session_id = (await post(initialize())).headers["mcp-session-id"]
        await post(request("ping"), session_id)
        await dismiss(exchange(request("ping"), Answer()).scope, manager.handle_request, manager.asked[-1])
        other = (await post(initialize())).headers["mcp-session-id"]
        refused = await post(request("ping"), session_id)
        assert refused.status == 503
        assert refused.headers["retry-after"]
        assert (await post(request("ping"), other)).status == 200


@contextmanager
def without_sessions(file: Path) -> Iterator[None]:
    """The table cannot be read until the block ends."""
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.execute("ALTER TABLE mcp_sessions RENAME TO put_away")
        yield
        database.execute("ALTER TABLE put_away RENAME TO mcp_sessions")


async def opened_when_there_is_room(post: Callable[..., Any]) -> Answer:
    """Says initialize until it is answered with a session; fails when it never is."""
    with anyio.fail_after(10):
        while (answer := await post(initialize())).status == 503:
            await anyio.lowlevel.checkpoint()
    return answer


async def test_a_session_that_ended_elsewhere_takes_no_room_here(tmp_path: Path) -> None:
    """What the SDK keeps for it is let go, although this process never saw the DELETE."""
    here, there = WatchedManager(), WatchedManager(max_sessions=1)
    async with bridge(tmp_path, here) as post_here, bridge(tmp_path, there) as post_there:
        session_id = (await post_here(initialize())).headers["mcp-session-id"]
        assert (await post_there(request("ping"), session_id)).status == 200
        assert (await post_there(initialize())).status == 503
        assert (await post_here(None, session_id)).status == 204
        assert (await opened_when_there_is_room(post_there)).headers["mcp-session-id"] != session_id


async def test_a_session_that_expired_takes_no_room(tmp_path: Path) -> None:
    """In every process that served it."""
    async with bridge(tmp_path, WatchedManager()) as post_here, bridge(tmp_path, WatchedManager(1)) as post_there:
        session_id = (await post_here(initialize())).headers["mcp-session-id"]
        assert (await post_there(request("ping"), session_id)).status == 200
        with time_machine.travel(now() + timedelta(seconds=LIFETIME + 1)):
            assert (await post_there(request("ping"), session_id)).status == 404
            assert (await opened_when_there_is_room(post_there)).status == 200


async def test_a_database_that_does_not_answer_for_a_while_hides_no_end(tmp_path: Path) -> None:
    """What ended meanwhile is heard of when it answers again."""
    there, file = WatchedManager(max_sessions=1), tmp_path / "resource.db"
    async with bridge(tmp_path, WatchedManager()) as post_here, bridge(tmp_path, there) as post_there:
        session_id = (await post_here(initialize())).headers["mcp-session-id"]
        assert (await post_there(request("ping"), session_id)).status == 200
        assert (await post_here(None, session_id)).status == 204
        with structlog.testing.capture_logs() as logged, anyio.fail_after(10), without_sessions(file):
            while not logged:
                await anyio.lowlevel.checkpoint()
        assert (await opened_when_there_is_room(post_there)).status == 200
