"""A session the SDK has let go, as it does after half an hour of silence, goes on for its client."""

import json
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import anyio
import pytest
import structlog
import time_machine
from mcp.server import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

from resource_server.app import MIGRATIONS
from resource_server.authorization.authorizer import Authorized
from resource_server.context import Caller
from resource_server.sessions import Sessions
from resource_server.transport.accept import Reads
from resource_server.transport.callers import with_caller
from resource_server.transport.exchange import Exchange
from resource_server.transport.greeting import dismiss
from resource_server.transport.messages import parse_message
from resource_server.transport.session_bridge import SessionBridge
from shared.authorization_details import MemoryAccess
from shared.clock import now
from shared.database import open_engine
from shared.migrations import migrate
from tests.mcp_messages import initialize, request

pytestmark = pytest.mark.anyio
LIFETIME = 60
OWNER = Caller("usr_1", "cli_1", "grt_1", frozenset(), MemoryAccess(), ensure_live=lambda: None)


class WatchedManager(StreamableHTTPSessionManager):
    """The SDK's manager, with room for as many sessions as said; it tells which sessions it was asked for."""

    def __init__(self, max_sessions: int | None = None) -> None:
        super().__init__(Server("bridge"), max_sessions=max_sessions)
        self.asked: list[str] = []

    async def handle_request(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, its session written down."""
        if (session := Headers(scope=scope).get("mcp-session-id")) is not None:
            self.asked.append(session)
        await super().handle_request(scope, receive, send)


class Answer:
    """What the bridge sends."""

    def __init__(self) -> None:
        self.status = 0
        self.headers = Headers()
        self.body = b""

    async def __call__(self, message: Message) -> None:
        """One ASGI message."""
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], Headers(raw=message["headers"])
        self.body += message.get("body", b"")


def exchange(message: dict[str, Any] | None, answer: Answer) -> Exchange:
    """A POST by OWNER of a client that reads JSON alone; a DELETE where there is no message."""

    async def receive() -> Message:
        await anyio.sleep_forever()  # the client neither sends more nor leaves
        raise AssertionError

    headers = [(b"host", b"localhost"), (b"content-type", b"application/json")]
    method = "DELETE" if message is None else "POST"
    scope = {"type": "http", "method": method, "path": "/mcp", "query_string": b"", "headers": headers}
    caller = with_caller(scope, Authorized(OWNER, 0), "http://localhost:9000")
    parsed = None if message is None else parse_message(json.dumps(message).encode())
    return Exchange(caller, receive, answer, parsed, Reads.JSON)


@asynccontextmanager
async def bridge(folder: Path, manager: WatchedManager) -> AsyncIterator[Callable[..., Any]]:
    """`post(message, session id or None)` at a bridge of its own, which hears of what happens at others."""
    engine = open_engine(f"sqlite:///{folder / 'resource.db'}")
    migrate(engine, MIGRATIONS, folder)
    sessions = SessionBridge(manager, Sessions(engine, b"k" * 32, lifetime=LIFETIME, per_app=10, per_user=10))

    async def post(message: dict[str, Any] | None, session_id: str | None = None) -> Answer:
        answer = Answer()
        if session_id is None:
            await sessions.open(exchange(message, answer), OWNER)
        else:
            await sessions.serve(exchange(message, answer), OWNER, session_id)
        return answer

    async with manager.run(), anyio.create_task_group() as tasks:
        tasks.start_soon(sessions.follow)
        yield post
        tasks.cancel_scope.cancel()
    engine.dispose()


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
