"""Programs without OAuth: they hold an API key, and say it with every request."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx2
from sqlmodel import Session, select

from auth_server.keys.api_keys import KeyDraft, create_key
from auth_server.models import ApiKey, User
from shared.authorization_details import parse_details
from shared.scopes import parse_scope
from tests.doors import BOTH, Doors, Person
from tests.loopback import LOOPBACK
from tests.prepared_database import auth_database

EVERYTHING = [{"type": "memory", "actions": ["read", "write"], "namespaces": ["*"]}]


@dataclass(frozen=True)
class KeyHolder:
    """A program with a key; it knows nothing of sessions."""

    mcp_url: str
    secret: str = field(repr=False)
    id: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """As a bearer token."""
        return {"Authorization": f"Bearer {self.secret}"}

    def post(self, message: dict[str, Any], **headers: str) -> httpx2.Response:
        """One message."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx2.post(self.mcp_url, json=message, headers=self.headers | named, timeout=30, **LOOPBACK)

    def call(self, tool: str, headers: dict[str, str] | None = None, **arguments: Any) -> httpx2.Response:
        """A tools/call."""
        message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
        return self.post(message | {"params": {"name": tool, "arguments": arguments}}, **(headers or {}))

    def status(self, **headers: str) -> int:
        """Of a ping."""
        return self.post({"jsonrpc": "2.0", "id": 1, "method": "ping"}, **headers).status_code


def key_of(
    person: Person,
    name: str = "script",
    scope: str = BOTH,
    details: list[dict[str, Any]] | None = None,
    lifetime: timedelta | None = None,
    secret: str | None = None,
) -> KeyHolder:
    """A program that holds a new key of this person's."""
    doors = person.doors
    assert isinstance(doors, Doors)
    draft = KeyDraft(name, parse_scope(scope), parse_details(details or EVERYTHING), lifetime)
    with auth_session(doors) as session:
        owner = session.exec(select(User).where(User.email == person.email)).one()
        made = create_key(session, owner, draft, secret=secret)
    return KeyHolder(doors.mcp_url, made.secret, made.key.id)


def key_row(doors: Doors, key_id: str) -> ApiKey:
    """What is kept of the key."""
    with auth_session(doors) as session:
        return session.get_one(ApiKey, key_id)


@contextmanager
def auth_session(doors: Doors) -> Iterator[Session]:
    """The authorization server's database, while it runs."""
    with auth_database(doors.data_dir) as session:
        yield session


def structured(answer: httpx2.Response) -> dict[str, Any]:
    """The structured answer of a tool that did not refuse."""
    assert answer.status_code == 200, answer.text
    result = answer.json()["result"]
    assert not result.get("isError"), result
    found: dict[str, Any] = result["structuredContent"]
    return found
