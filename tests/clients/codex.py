"""Codex, as its author ships it: adds our server, signs in, and calls tools through the app server its editors use."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.clients.desktop import Desktop
from tests.clients.foreign_app import RefusedError
from tests.clients.program import NODE, NODE_MODULES
from tests.clients.terminal import agent_environment

PACKAGE = "@openai/codex"
COMMAND = [str(NODE), str(NODE_MODULES / PACKAGE / "bin" / "codex.js")]
DOCUMENT_URL = "https://chatgpt.com/oauth/codex/client.json"
DOCUMENT = {
    "client_id": DOCUMENT_URL,
    "client_name": "Codex",
    "client_uri": "https://chatgpt.com",
    "redirect_uris": ["http://127.0.0.1/callback", "http://localhost/callback"],
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "token_endpoint_auth_method": "none",
}
"""What its document says, as far as it is known: loopback addresses without a port."""


class AppServer:
    """`codex app-server`: JSON-RPC, a line a message."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._number = 0
        self.ask("initialize", clientInfo={"name": "ostiary-tests", "version": "0"})
        self._send({"method": "initialized"})

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """One request and its answer, past what it tells besides. Raises RefusedError with what it said."""
        self._number += 1
        self._send({"id": self._number, "method": method, "params": params})
        assert self._process.stdout is not None
        for line in self._process.stdout:
            message = json.loads(line)
            if message.get("id") == self._number:
                if "error" in message:
                    raise RefusedError(message["error"]["message"])
                result: dict[str, Any] = message["result"]
                return result
        raise AssertionError("the app server ended")

    def _send(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message) + "\n")
        self._process.stdin.flush()


class Codex:
    """One installation on a desktop; tokens are kept in the file `credentials`, never in a keyring."""

    def __init__(self, mcp_url: str, desktop: Desktop) -> None:
        home = Path(desktop.environment["HOME"]) / ".codex"
        home.mkdir()
        settings = f'mcp_oauth_credentials_store = "file"\n\n[mcp_servers.ostiary]\nurl = "{mcp_url}"\n'
        (home / "config.toml").write_text(settings)
        self.credentials = home / ".credentials.json"
        self._environment = agent_environment(desktop) | {"CODEX_HOME": str(home)}

    def sign_in(self) -> None:
        """`codex mcp login`, which opens the browser. Raises RefusedError."""
        self._run("mcp", "login", "ostiary")

    def log_out(self) -> None:
        """`codex mcp logout`."""
        self._run("mcp", "logout", "ostiary")

    def tools(self) -> set[str]:
        """The names of our tools as an editor is shown them."""
        with self._app_server() as server:
            (ostiary,) = server.ask("mcpServerStatus/list")["data"]
            return set(ostiary["tools"])

    def work(self, *calls: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
        """One session that makes these calls; gives their structured contents. Raises RefusedError."""
        with self._app_server() as server:
            thread = server.ask("thread/start")["thread"]["id"]
            return [
                server.ask("mcpServer/tool/call", threadId=thread, server="ostiary", tool=tool, arguments=arguments)[
                    "structuredContent"
                ]
                for tool, arguments in calls
            ]

    def let_token_expire(self) -> None:
        """Ten minutes pass, as far as it can tell."""
        stored = json.loads(self.credentials.read_text())
        for tokens in stored.values():
            tokens["expires_at"] = 1
        self.credentials.write_text(json.dumps(stored))

    @property
    def refresh_token(self) -> str:
        """The refresh token it keeps."""
        (tokens,) = json.loads(self.credentials.read_text()).values()
        return str(tokens["refresh_token"])

    def _run(self, *arguments: str) -> None:
        done = subprocess.run(
            [*COMMAND, *arguments],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise RefusedError(done.stdout + done.stderr)

    @contextmanager
    def _app_server(self) -> Iterator[AppServer]:
        process = subprocess.Popen(
            [*COMMAND, "app-server"],
            env=self._environment,
            cwd=self._environment["HOME"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        try:
            yield AppServer(process)
        finally:
            process.communicate()
