"""mcp-remote as desktop apps use it: a stdio server to them, an OAuth client to us.

The desktop app is the MCP Python SDK's stdio client, which knows nothing of HTTP.
"""

from contextlib import ExitStack, suppress
from typing import Any

from anyio.from_thread import start_blocking_portal
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.stdio import stdio_client

from tests.clients.desktop import Desktop
from tests.clients.foreign_app import RefusedError
from tests.clients.program import NODE, NODE_MODULES

PATIENCE = 5.0
"""Seconds a call may take: mcp-remote itself waits for the person without end when its sign-ins cross."""
PROXY = NODE_MODULES / "mcp-remote" / "dist" / "proxy.js"


class McpRemote:
    """A ForeignApp, from `with` to its end; `options` are mcp-remote's own. What it keeps lies in `storage`."""

    def __init__(self, desktop: Desktop, mcp_url: str, *options: str, mode: str = "legacy") -> None:
        self.storage = desktop.folder / "mcp-auth"
        self._mode = mode
        self._log = desktop.folder / "mcp-remote.log"
        self._server = StdioServerParameters(
            command=str(NODE),
            args=[str(PROXY), mcp_url, *options],
            env=desktop.environment | {"MCP_REMOTE_CONFIG_DIR": str(self.storage)},
        )
        self._portal = start_blocking_portal()
        self._running = ExitStack()

    def __enter__(self) -> "McpRemote":
        self._call = self._portal.__enter__()
        return self

    def __exit__(self, *_failure: object) -> None:
        self.stop()
        self._portal.__exit__(None, None, None)

    def connect(self) -> str:
        """The desktop app starts it, once more if it runs. Gives the protocol revision."""
        self.stop()
        log = self._running.enter_context(self._log.open("a"))
        client = Client(stdio_client(self._server, errlog=log), mode=self._mode)
        try:
            self.client = self._running.enter_context(self._call.wrap_async_context_manager(client))
        except Exception as failure:
            raise RefusedError(str(failure)) from failure
        return self.client.protocol_version

    def stop(self) -> None:
        """The desktop app ends it."""
        with suppress(Exception):
            self._running.close()

    def tools(self) -> set[str]:
        """The names of the tools the desktop app sees."""
        return {tool.name for tool in self._call.call(self.client.list_tools).tools}

    def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Calls a tool; gives the structured content. Raises RefusedError."""
        try:
            answer = self._call.call(self.client.call_tool, tool, arguments, PATIENCE)
        except MCPError as failure:
            raise RefusedError(str(failure)) from failure
        assert not answer.is_error, answer.content
        return dict(answer.structured_content)

    def let_token_expire(self) -> None:
        """It renews when it is refused: there is no clock to turn."""
