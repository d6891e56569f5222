"""A server to stand behind the gateway: `python -m tests.gateway.fixture_server` speaks over its standard streams."""

import asyncio
import logging
import os
from typing import Annotated, Any

import mcp_types as t
from mcp.server.mcpserver import Context, Elicit, ElicitationResult, ListRoots, MCPServer, Resolve
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import BaseModel
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

READS = t.ToolAnnotations(read_only_hint=True)


class Town(BaseModel):
    """What the person is asked for."""

    town: str


def _ask_for_town() -> Elicit[Town]:
    return Elicit("Which town?", Town)


def _ask_for_roots() -> ListRoots:
    return ListRoots()


def without_drawn_tracebacks() -> None:
    """The SDK's own handler draws a traceback in colours, which takes seconds."""
    root = logging.getLogger()
    for handler in [one for one in root.handlers if type(one).__name__ == "RichHandler"]:
        root.removeHandler(handler)


def fixture_server(name: str = "fixture") -> MCPServer:
    """Tools that answer, fail, take their time, report on the way, and ask."""
    server = MCPServer(name)
    without_drawn_tracebacks()

    @server.tool(annotations=READS)
    def add(one: int, two: int) -> int:
        """Adds two numbers."""
        return one + two

    @server.tool(annotations=READS)
    def seen_headers(context: Context[Any, Any]) -> dict[str, str]:
        """The headers this server got."""
        request = context.request_context.request
        return dict(request.headers) if request is not None else {}

    @server.tool(annotations=READS)
    def environment() -> dict[str, str]:
        """The environment this server runs in."""
        return dict(os.environ)

    @server.tool(annotations=READS)
    def process() -> int:
        """The number of this process."""
        return os.getpid()

    @server.tool()
    def remember(text: str) -> str:
        """Changes something."""
        return f"remembered {text}"

    @server.tool()
    def fail() -> str:
        """Does not work."""
        raise ValueError("this went wrong")

    @server.tool()
    async def sleep(seconds: float, context: Context[Any, Any]) -> str:
        """Takes its time, and says so."""
        for step in range(3):
            await context.report_progress(step + 1, 3, f"step {step + 1}")
            await asyncio.sleep(seconds / 3)
        return "slept"

    @server.tool()
    async def where(answer: Annotated[ElicitationResult[Town], Resolve(_ask_for_town)]) -> str:
        """Asks the person."""
        return f"{answer.action} {getattr(getattr(answer, 'data', None), 'town', '')}".strip()

    @server.tool()
    async def roots(found: Annotated[t.ListRootsResult, Resolve(_ask_for_roots)]) -> list[str]:
        """Asks the app which folders it works in."""
        return [str(root.uri) for root in found.roots]

    @server.tool()
    async def end() -> str:
        """Ends the process."""
        os._exit(3)

    @server.resource("note://all")
    def notes() -> str:
        """Every note."""
        return "one and two"

    @server.resource("note://single/{number}")
    def note(number: str) -> str:
        """One note."""
        return f"note {number}"

    @server.prompt()
    def greet(name: str) -> str:
        """A greeting."""
        return f"Greet {name}."

    @server.completion()
    async def complete(
        _ref: t.PromptReference | t.ResourceTemplateReference,
        argument: t.CompletionArgument,
        _context: t.CompletionContext | None,
    ) -> t.Completion:
        return t.Completion(values=[f"{argument.value}da", f"{argument.value}lan"])

    return server


def strange_server() -> MCPServer:
    """Tools whose names look like those of others."""
    server = MCPServer("strange")
    for name in ("fix__add", "_add", "\u0430dd", "add two", "a" * 126):

        @server.tool(name=name)
        def answer() -> str:
            """Says whose it is."""
            return "odd"

    return server


def fixture_app(name: str = "fixture") -> ASGIApp:
    """The same over streamable HTTP, at /mcp."""
    return fixture_server(name).streamable_http_app(stateless_http=False)


class Old:
    """An app as it was before MCP 2026-07-28: it knows no other revision."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuses what is newer, as such servers do."""
        version = Headers(scope=scope).get("mcp-protocol-version", "") if scope["type"] == "http" else ""
        if version in MODERN_PROTOCOL_VERSIONS:
            await PlainTextResponse("Bad Request: Unsupported protocol version", 400)(scope, receive, send)
        else:
            await self._app(scope, receive, send)


if __name__ == "__main__":
    fixture_server().run("stdio")
