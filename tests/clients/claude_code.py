"""Claude Code, as its author ships it: adds our server, signs in, and calls tools for a model that is not there."""

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.clients.desktop import Desktop
from tests.clients.foreign_app import RefusedError
from tests.clients.model_on_loopback import Call, ModelOnLoopback
from tests.clients.program import NODE, NODE_MODULES
from tests.clients.terminal import agent_environment, run_on_terminal
from tests.document_clients import CLAUDE_CODE, DOCUMENTS

PACKAGE = "@anthropic-ai/claude-code"
COMMAND = [str(NODE), str(NODE_MODULES / PACKAGE / "cli-wrapper.cjs")]
DOCUMENT_URL, DOCUMENT = CLAUDE_CODE, DOCUMENTS[CLAUDE_CODE]
"""What its document says, as far as it is known: loopback addresses without a port."""

PREFIX = "mcp__ostiary__"


class ClaudeCode:
    """One installation on a desktop, with our server added for its person; tokens are kept in `credentials`."""

    def __init__(self, mcp_url: str, desktop: Desktop) -> None:
        settings = Path(desktop.environment["HOME"]) / ".claude"
        self.credentials = settings / ".credentials.json"
        self._environment = agent_environment(desktop) | {
            "CLAUDE_CONFIG_DIR": str(settings),
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "DISABLE_TELEMETRY": "1",
            "ENABLE_TOOL_SEARCH": "false",  # shows the model every tool at once
        }
        self._run("mcp", "add", "--transport", "http", "--scope", "user", "ostiary", mcp_url)

    def sign_in(self) -> None:
        """`claude mcp login`, which opens the browser. Raises RefusedError."""
        status, shown = run_on_terminal([*COMMAND, "mcp", "login", "ostiary"], self._environment)
        if status != 0:
            raise RefusedError(shown)

    def log_out(self) -> None:
        """`claude mcp logout`."""
        self._run("mcp", "logout", "ostiary")

    def tools(self) -> set[str]:
        """The names of our tools as a session shows them to the model."""
        return self._session().offered

    def work(self, *calls: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
        """One session in which the model makes these calls; gives what it is told. Raises RefusedError."""
        told = self._session(*((PREFIX + tool, arguments) for tool, arguments in calls)).results
        try:
            return [json.loads(result) for result in told]
        except ValueError:
            raise RefusedError(told) from None

    def let_token_expire(self) -> None:
        """Ten minutes pass, as far as it can tell."""
        stored = json.loads(self.credentials.read_text())
        for tokens in stored["mcpOAuth"].values():
            tokens["expiresAt"] = 1
        self.credentials.write_text(json.dumps(stored))

    @property
    def refresh_token(self) -> str:
        """The refresh token it keeps."""
        (tokens,) = json.loads(self.credentials.read_text())["mcpOAuth"].values()
        return str(tokens["refreshToken"])

    def _session(self, *calls: Call) -> ModelOnLoopback:
        with ModelOnLoopback(PREFIX, *calls) as model:
            place = {"ANTHROPIC_BASE_URL": model.url, "ANTHROPIC_API_KEY": "none"}
            self._run("--print", "Use your memory.", "--allowedTools", PREFIX.rstrip("_"), **place)
        return model

    def _run(self, *arguments: str, **environment: str) -> None:
        done = subprocess.run(
            [*COMMAND, *arguments],
            env=self._environment | environment,
            cwd=self._environment["HOME"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
