"""A server that stands where the authorization server does and tells what reached it, byte for byte."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
from starlette.types import Receive, Scope, Send

from resource_server.app import create_app
from resource_server.settings import Settings
from tests.doors import MASTER_KEY
from tests.prepared_database import prepare_resource_database
from tests.servers import PATIENCE, RunningServer, free_port

DRIP = "/static/drip"
LONG = "/static/long"
BROKEN = "/static/broken"
ODD = "/static/odd"


@dataclass
class Behind:
    """An ASGI application. It answers with what it received; four paths behave as their names say."""

    seen: list[dict[str, Any]] = field(default_factory=list)
    first_chunk: threading.Event = field(default_factory=threading.Event)
    may_go_on: threading.Event = field(default_factory=threading.Event)
    was_left: threading.Event = field(default_factory=threading.Event)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if scope["path"] == LONG:
            while (await receive())["type"] != "http.disconnect":
                pass
            self.was_left.set()
            return
        body = await self._read(receive)
        self.seen.append(told := _told(scope, body))
        answer = {DRIP: self._drip, BROKEN: _break, ODD: _odd}.get(scope["path"])
        if answer is not None:
            await answer(send)
            return
        content = json.dumps(told).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    async def _read(self, receive: Receive) -> bytes:
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if body:
                self.first_chunk.set()
            if not message.get("more_body", False):
                return body

    async def _drip(self, send: Send) -> None:
        """One event, and the next when the test has read the first."""
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        await send({"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True})
        await anyio.to_thread.run_sync(self.may_go_on.wait, PATIENCE)
        await send({"type": "http.response.body", "body": b"data: 2\n\n", "more_body": False})


async def _break(send: Send) -> None:
    headers = [(b"content-length", b"100")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"only this", "more_body": True})
    # An application that ends here makes uvicorn close the connection.


async def _odd(send: Send) -> None:
    """Fields of the connection, two cookies, and a status of its own."""
    headers = [
        (b"keep-alive", b"timeout=5"),
        (b"connection", b"x-private"),
        (b"x-private", b"between us"),
        (b"set-cookie", b"__Host-ostiary_auth=a; Path=/"),
        (b"set-cookie", b"__Host-ostiary_auth_form=b; Path=/"),
        (b"location", b"/login?next=%2F"),
        (b"content-security-policy", b"default-src 'self'"),
        (b"content-encoding", b"gzip"),
    ]
    await send({"type": "http.response.start", "status": 303, "headers": headers})
    await send({"type": "http.response.body", "body": b"not really gzip"})


def _told(scope: Scope, body: bytes) -> dict[str, Any]:
    return {
        "method": scope["method"],
        "target": (scope["raw_path"] + b"?" + scope["query_string"]).decode("latin-1"),
        "headers": [[name.decode("latin-1"), value.decode("latin-1")] for name, value in scope["headers"]],
        "body": body.decode("latin-1"),
    }


@dataclass(frozen=True)
class FrontDoor:
    """The resource server in single-port mode, with `behind` where the authorization server would be."""

    origin: str
    port: int
    behind: Behind

    def raw(self, request: bytes) -> bytes:
        """Sends these bytes, the last request of which asks to close, and gives everything that comes back."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as connection:
            connection.sendall(request)
            answer = b""
            while chunk := connection.recv(65536):
                answer += chunk
        return answer


@contextmanager
def front_door(folder: Path, behind: Behind, **settings: Any) -> Iterator[FrontDoor]:
    """Both running."""
    ports = free_port(), free_port()
    origin = f"http://localhost:{ports[0]}"
    complete = {
        "data_dir": folder,
        "issuer": origin,
        "mcp_url": f"{origin}/mcp",
        "master_key": MASTER_KEY,
        "embedder": "none",
        "single_port": True,
        "auth_internal_url": f"http://127.0.0.1:{ports[1]}",
    } | settings
    inside = RunningServer(behind, ports[1])
    prepare_resource_database(Settings(**complete))
    outside = RunningServer(create_app(Settings(**complete)), ports[0])
    try:
        yield FrontDoor(origin, ports[0], behind)
    finally:
        outside.stop()
        inside.stop()
