"""The session bridge over the SDK's manager, without a server around it: time, room and moments can be chosen."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
from mcp.server import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

from resource_server.authorization.authorizer import Authorized
from resource_server.context.caller import Caller
from resource_server.parts import MIGRATIONS
from resource_server.sessions import Sessions
from resource_server.transport.accept import Reads
from resource_server.transport.callers import with_caller
from resource_server.transport.exchange import Exchange
from resource_server.transport.messages import parse_message
from resource_server.transport.session_bridge import SessionBridge
from shared.authorization_details import MemoryAccess
from shared.database import open_engine
from shared.migrations import migrate

LIFETIME = 60


def caller(user_id: str, grant_id: str = "grt_1") -> Caller:
    """Somebody, through the one app there is."""
    return Caller(user_id, "cli_1", grant_id, frozenset(), MemoryAccess(), ensure_live=lambda: None)


OWNER = caller("usr_1")


class WatchedManager(StreamableHTTPSessionManager):
    """The SDK's manager, with room for as many sessions as said; it tells which sessions it was asked for."""

    def __init__(self, max_sessions: int | None = None) -> None:
        super().__init__(Server("bridge"), max_sessions=max_sessions)
        self.asked: list[str] = []
        self.when_answered: Callable[[str], None] = lambda _method: None

    async def handle_request(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, its session written down."""
        if (session := Headers(scope=scope).get("mcp-session-id")) is not None:
            self.asked.append(session)
        await super().handle_request(scope, receive, send)
        self.when_answered(scope["method"])


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


def exchange(message: dict[str, Any] | None, answer: Answer, owner: Caller = OWNER) -> Exchange:
    """A POST of a client that reads JSON alone; a DELETE where there is no message."""

    async def receive() -> Message:
        await anyio.sleep_forever()  # the client neither sends more nor leaves
        raise AssertionError

    headers = [(b"host", b"localhost"), (b"content-type", b"application/json")]
    method = "DELETE" if message is None else "POST"
    scope = {"type": "http", "method": method, "path": "/mcp", "query_string": b"", "headers": headers}
    authorized = with_caller(scope, Authorized(owner, 0), "http://localhost:9000")
    parsed = None if message is None else parse_message(json.dumps(message).encode())
    return Exchange(authorized, receive, answer, parsed, Reads.JSON)


@asynccontextmanager
async def bridge(
    folder: Path, manager: WatchedManager, *, per_user: int = 10, lifetime: int = LIFETIME, openings: int = 100
) -> AsyncIterator[Callable[..., Any]]:
    """`post(message, session id or None, by=…)` at a bridge of its own, which hears of what happens at others."""
    engine = open_engine(f"sqlite:///{folder / 'resource.db'}")
    migrate(engine, MIGRATIONS, folder)
    limits = {"lifetime": lifetime, "per_app": 10, "per_user": per_user}
    sessions = SessionBridge(manager, Sessions(engine, b"k" * 32, **limits), openings)

    async def post(message: dict[str, Any] | None, session_id: str | None = None, by: Caller = OWNER) -> Answer:
        answer = Answer()
        if session_id is None:
            await sessions.open(exchange(message, answer, by), by)
        else:
            await sessions.serve(exchange(message, answer, by), by, session_id)
        return answer

    async with manager.run(), anyio.create_task_group() as tasks:
        tasks.start_soon(sessions.follow)
        yield post
        tasks.cancel_scope.cancel()
    engine.dispose()
