"""Requests of our own to the SDK: `initialize` said again for a client, and the end of a session (MCP, lifecycle)."""

import json
from typing import Any

import anyio
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope

from resource_server.transport.accept import JSON, STREAM
from resource_server.transport.exchange import SESSION_HEADER, VERSION_HEADER, once

CLIENT = {"name": "resumed", "version": "0"}
INITIALIZED = {"jsonrpc": "2.0", "method": "notifications/initialized"}


async def greet(scope: Scope, app: ASGIApp, version: str, capabilities: dict[str, Any]) -> str | None:
    """Opens a session in the SDK for the caller of `scope`; its id there, or None when the SDK has no room."""
    params = {"protocolVersion": version, "capabilities": capabilities, "clientInfo": CLIENT}
    request = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params}
    session = await _post(scope, app, request, {})
    if session is not None:
        try:
            await _post(scope, app, INITIALIZED, {SESSION_HEADER: session, VERSION_HEADER: version})
        except BaseException:  # cancelled, above all: nobody would know of the session, nor end it
            await dismiss(scope, app, session)
            raise
    return session


async def dismiss(scope: Scope, app: ASGIApp, session: str) -> None:
    """Ends a session in the SDK, with its streams; `scope` is of its owner, whom alone the SDK lets do it.

    Shielded: whose grant ends at this moment leaves no session behind that nobody counts.
    """
    with anyio.CancelScope(shield=True):
        await _send(scope, app, "DELETE", b"", {SESSION_HEADER: session})


async def _post(scope: Scope, app: ASGIApp, message: dict[str, Any], headers: dict[str, str]) -> str | None:
    fixed = {"content-type": JSON, "accept": f"{JSON}, {STREAM}"}
    return await _send(scope, app, "POST", json.dumps(message).encode(), fixed | headers)


async def _send(scope: Scope, app: ASGIApp, method: str, body: bytes, headers: dict[str, str]) -> str | None:
    """The session id the SDK answered with."""
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    answered = anyio.Event()
    session: str | None = None

    async def send(part: Message) -> None:
        nonlocal session
        if part["type"] == "http.response.start":
            session = Headers(raw=part["headers"]).get(SESSION_HEADER)
        elif not part.get("more_body", False):
            answered.set()

    await app(dict(scope, method=method, headers=raw), once(body, _when(answered)), send)
    return session


def _when(answered: anyio.Event) -> Receive:
    """The client of a greeting leaves when it has its answer, never before."""

    async def receive() -> Message:
        await answered.wait()
        return {"type": "http.disconnect"}

    return receive
