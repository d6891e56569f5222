"""What the gate costs: requests a second through Ostiary beside the bare SDK server, in one run on one machine.

    .venv/bin/python -m bench.gate [seconds]

Read the ratios; the absolute figures say more about the machine than about the code. Listing does the same work on
both sides, so its ratio is the gate; a memory tool opens a vault where the bare server answers a constant.
"""

import asyncio
import json
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import asynccontextmanager
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import mcp_types
from mcp.server import Server
from mcp.server.streamable_http_manager import StreamableHTTPASGIApp, StreamableHTTPSessionManager
from starlette.applications import Starlette
from starlette.routing import Route

from tests.doors import Doors
from tests.mcp_messages import modern_headers, modern_request, request
from tests.servers import RunningServer, free_port

CONNECTIONS = 16
Target = tuple[str, dict[str, str]]


def main(seconds: float) -> None:
    """Starts both servers, each in its own process, and prints a table."""
    with Started(_ostiary) as ours, Started(_bare_sdk) as bare:
        cases = {
            "2026-07-28 tools/list": ("tools/list", None, True),
            "2025-11-25 tools/list": ("tools/list", None, False),
            "2026-07-28 memory_stats": ("tools/call", {"name": "memory_stats", "arguments": {}}, True),
            "2026-07-28 memory_store": ("tools/call", {"name": "memory_store", "arguments": {"value": "x"}}, True),
        }
        print(f"{'':26}{'bare SDK':>10}{'Ostiary':>10}{'ratio':>8}")
        for name, case in cases.items():
            ostiary, sdk = (asyncio.run(_rate(target, *case, seconds)) for target in (ours, bare))
            print(f"{name:26}{sdk:10.0f}{ostiary:10.0f}{ostiary / sdk:8.2f}")


class Started:
    """A server in a child process, which says where it listens."""

    def __init__(self, serve: Callable[[Pipe], None]) -> None:
        self._here, there = multiprocessing.Pipe()
        self._process = multiprocessing.Process(target=serve, args=(there,), daemon=True)

    def __enter__(self) -> Target:
        self._process.start()
        target: Target = self._here.recv()
        return target

    def __exit__(self, *_: object) -> None:
        self._here.send("stop")
        self._process.join(20)


def _ostiary(pipe: Pipe) -> None:
    with tempfile.TemporaryDirectory() as folder:
        doors = Doors(Path(folder))
        doors.start_auth()
        doors.start_resource()
        connection = doors.person().connect()
        tools = connection.post(request("tools/list")).json()["result"]["tools"]
        (Path(tempfile.gettempdir()) / "ostiary-bench-tools.json").write_text(json.dumps(tools))
        pipe.send((doors.mcp_url, connection.headers))
        pipe.recv()
        doors.close()


def _bare_sdk(pipe: Pipe) -> None:
    """The same tools listed by the SDK alone: no token, no scope, no memory behind them."""
    file = Path(tempfile.gettempdir()) / "ostiary-bench-tools.json"
    tools = [mcp_types.Tool.model_validate(tool) for tool in json.loads(file.read_text())]
    schemas = {tool.name: tool.input_schema for tool in tools}

    async def list_tools(_context: Any, _params: Any) -> mcp_types.ListToolsResult:
        return mcp_types.ListToolsResult(tools=tools)

    async def call_tool(_context: Any, _params: Any) -> mcp_types.CallToolResult:
        return mcp_types.CallToolResult(content=[mcp_types.TextContent(type="text", text="done")])

    server = Server("bare", on_list_tools=list_tools, on_call_tool=call_tool, get_tool_input_schema=schemas.get)
    manager = StreamableHTTPSessionManager(server, json_response=True, stateless=True)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> Any:
        async with manager.run():
            yield

    port = free_port()
    app = Starlette(routes=[Route("/mcp", StreamableHTTPASGIApp(manager))], lifespan=lifespan)
    running = RunningServer(app, port)
    pipe.send((f"http://127.0.0.1:{port}/mcp", {}))
    pipe.recv()
    running.stop()


async def _rate(target: Target, method: str, params: dict[str, Any] | None, is_modern: bool, seconds: float) -> float:
    """Answers a second over keep-alive connections, after a moment of warming up."""
    wire = _wire(target, method, params, is_modern)
    await _load(target, wire, seconds / 4)
    return await _load(target, wire, seconds) / seconds


async def _load(target: Target, wire: bytes, seconds: float) -> int:
    deadline = time.monotonic() + seconds
    counts = await asyncio.gather(*(_client(target, wire, deadline) for _ in range(CONNECTIONS)))
    return sum(counts)


async def _client(target: Target, wire: bytes, deadline: float) -> int:
    url = urlsplit(target[0])
    reader, writer = await asyncio.open_connection("127.0.0.1", url.port)
    count = 0
    while time.monotonic() < deadline:
        writer.write(wire)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        body = await reader.readexactly(int(head.split(b"content-length:")[1].split(b"\r\n")[0]))
        assert head.startswith(b"http/1.1 200"), body[:300]
        count += 1
    writer.close()
    return count


def _wire(target: Target, method: str, params: dict[str, Any] | None, is_modern: bool) -> bytes:
    message = modern_request(method, params) if is_modern else request(method, params)
    body = json.dumps(message).encode()
    headers = {"Host": urlsplit(target[0]).netloc, "Content-Type": "application/json", "Content-Length": str(len(body))}
    headers["Accept"] = "application/json"
    if is_modern:
        headers |= modern_headers(method, (params or {}).get("name"))
    lines = "".join(f"{name}: {value}\r\n" for name, value in (headers | target[1]).items())
    return f"POST {urlsplit(target[0]).path} HTTP/1.1\r\n{lines}\r\n".encode() + body


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 5.0)
