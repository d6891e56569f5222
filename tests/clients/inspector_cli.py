"""The MCP Inspector's command line: each call is a process of its own, tokens lie in a file of its home."""

import json
import subprocess
from typing import Any

from tests.clients.desktop import Desktop
from tests.clients.foreign_app import RefusedError
from tests.clients.program import NODE, NODE_MODULES
from tests.clients.terminal import agent_environment
from tests.servers import free_port

INSPECTOR = "@modelcontextprotocol/inspector"
LAUNCHER = NODE_MODULES / INSPECTOR / "clients" / "launcher" / "build" / "index.js"


class InspectorCli:
    """A ForeignApp; `options` are the Inspector's own."""

    def __init__(self, desktop: Desktop, mcp_url: str, *options: str) -> None:
        callback = f"http://127.0.0.1:{free_port()}/oauth/callback"
        place = ["--server-url", mcp_url, "--callback-url", callback, "--format", "json"]
        self._command = [str(NODE), str(LAUNCHER), "--cli", *place, *options]
        self._environment = agent_environment(desktop) | {
            "MCP_INSPECTOR_SECRET_STORE": "file",
            "MCP_AUTO_OPEN_ENABLED": "true",  # lets it open the browser though nobody sits at its terminal
        }

    def __enter__(self) -> "InspectorCli":
        return self

    def __exit__(self, *_failure: object) -> None:
        """Nothing runs between calls."""

    def connect(self) -> str:
        """Signs in if need be; gives the protocol revision."""
        return str(self._run("initialize")["protocolVersion"])

    def tools(self) -> set[str]:
        """The names of the tools; it finds fault with none of their schemas, or ends with an error."""
        return {tool["name"] for tool in self._run("tools/list", "--strict")["tools"]}

    def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Calls a tool; gives the structured content. Raises RefusedError."""
        given = ["--tool-name", tool, "--tool-args-json", json.dumps(arguments)]
        content: dict[str, Any] = self._run("tools/call", *given)["structuredContent"]
        return content

    def let_token_expire(self) -> None:
        """It has no clock: it renews when it is refused."""

    def _run(self, method: str, *options: str) -> dict[str, Any]:
        done = subprocess.run(
            [*self._command, "--method", method, *options],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise RefusedError(done.stderr)
        result: dict[str, Any] = json.loads(done.stdout)["result"]
        return result
