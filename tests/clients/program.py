"""An app of tests/clients/programs in a process of its own: commands go in as JSON lines, answers come out likewise."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.clients.desktop import Desktop
from tests.clients.foreign_app import RefusedError

PROGRAMS = Path(__file__).parent / "programs"
NODE_MODULES = PROGRAMS.parent.parent.parent / ".tools" / "node_modules"
NODE = NODE_MODULES / ".bin" / "node"


class Program:
    """A ForeignApp, from `with` to its end, started by somebody at `desktop`."""

    def __init__(self, desktop: Desktop, *command: str) -> None:
        self._desktop = desktop
        self._command = command
        self._log = desktop.folder / "program.log"

    def __enter__(self) -> "Program":
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                env=self._desktop.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        return self

    def __exit__(self, *_failure: object) -> None:
        self._process.kill()
        self._process.communicate()

    def connect(self) -> str:
        """Opens the connection, signing in if need be, and gives the protocol revision."""
        return str(self._do("connect")["protocol"])

    def tools(self) -> set[str]:
        """The names of the tools it sees."""
        return set(self._do("tools")["tools"])

    def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Calls a tool; gives the structured content. Raises RefusedError."""
        content: dict[str, Any] = self._do("call", tool=tool, arguments=arguments)["result"]["structuredContent"]
        return content

    def let_token_expire(self) -> None:
        """Ten minutes pass, as far as the app has a clock."""
        self._do("let_token_expire")

    def _do(self, command: str, **given: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"command": command} | given) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"the program ended: {self._log.read_text()[-2000:]}"
        answer: dict[str, Any] = json.loads(line)
        if "failure" in answer:
            raise RefusedError(answer["failure"])
        return answer


def typescript(package: str, desktop: Desktop, mcp_url: str, **options: str) -> Program:
    """The app written with one of the TypeScript SDKs."""
    assert NODE.exists(), "the Node packages are not installed: run `make test` once"
    return Program(desktop, str(NODE), str(PROGRAMS / "typescript.mjs"), package, mcp_url, json.dumps(options))


def fastmcp(desktop: Desktop, mcp_url: str, **options: str) -> Program:
    """The app written with FastMCP's client."""
    return Program(desktop, sys.executable, str(PROGRAMS / "fastmcp_app.py"), mcp_url, json.dumps(options))
