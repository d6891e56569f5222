"""Programs that use the gateway without MCP: an API key and JSON over HTTP."""

from dataclasses import dataclass, field
from typing import Any

import httpx2

from tests.doors import Doors, Person
from tests.key_holders import key_of
from tests.loopback import LOOPBACK

EVERY_SERVER = {"type": "server", "server": "*", "tools": ["*"]}


@dataclass(frozen=True)
class PlainApp:
    """One program of one person; in a session where `session` names one."""

    origin: str
    secret: str = field(repr=False)
    id: str = ""
    session: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """Who it is, and in which session."""
        named = {"X-Session-ID": self.session} if self.session else {}
        return {"Authorization": f"Bearer {self.secret}"} | named

    def get(self, path: str) -> httpx2.Response:
        """What is there."""
        return httpx2.get(self.origin + path, headers=self.headers, timeout=30, **LOOPBACK)

    def post(self, path: str, body: Any = None, **headers: str) -> httpx2.Response:
        """A JSON body."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx2.post(self.origin + path, json=body, headers=self.headers | named, timeout=30, **LOOPBACK)

    def delete(self, path: str) -> httpx2.Response:
        """An end."""
        return httpx2.delete(self.origin + path, headers=self.headers, **LOOPBACK)

    def tools(self) -> list[str]:
        """The names of what it may call."""
        return [tool["name"] for tool in self.get("/mcp/tools").json()["tools"]]

    def execute(self, name: str, **args: Any) -> httpx2.Response:
        """A call."""
        return self.post("/mcp/execute", {"tool_name": name, "args": args})

    def add(self, servers: dict[str, Any]) -> httpx2.Response:
        """New servers."""
        return self.post("/mcp/servers/add", {"config_data": {"mcpServers": servers}})

    def new_session(self, **metadata: Any) -> "PlainApp":
        """The same program, in a session of its own."""
        made = self.post("/sessions/create", {"metadata": metadata})
        assert made.status_code == 201, made.text
        return PlainApp(self.origin, self.secret, self.id, made.json()["session_id"])


def plain_app(
    doors: Doors, *details: dict[str, Any], scope: str = "gateway:call", person: Person | None = None, name: str = "app"
) -> PlainApp:
    """A program of a new person, or of this one; without details it may use every server."""
    key = key_of(person or doors.person(), name, scope=scope, details=list(details or (EVERY_SERVER,)))
    return PlainApp(doors.origin, key.secret, key.id)


def refused(answer: httpx2.Response) -> tuple[int, str]:
    """The status and the word of an answer that is no success, and says so in a sentence."""
    body = answer.json()
    assert body["error_description"].endswith((".", "?")) or body["error_description"], body
    return answer.status_code, body["error"]
