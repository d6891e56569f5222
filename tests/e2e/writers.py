"""An app that saves memory after memory, whatever happens to the server, and remembers what was acknowledged."""

import threading
from dataclasses import dataclass, field
from typing import Any

import httpx2

from tests.doors import Connection, Person
from tests.e2e.killing import KillableInstallation, Progress
from tests.loopback import LOOPBACK

VAULT_SIZE = 60
"""A new person, and with them a new vault, after so many memories: vaults are made in the middle of kills too."""


@dataclass
class Vault:
    """What one person's memory must hold: every acknowledged text, and perhaps some of the unanswered ones."""

    connection: Connection
    acknowledged: list[str] = field(default_factory=list)
    unanswered: set[str] = field(default_factory=set)


class Writer:
    """`run` is what its thread does; `torn` has the number of the kill that each lost request met."""

    def __init__(self, place: KillableInstallation, progress: Progress) -> None:
        self._place = place
        self._progress = progress
        self._person: Person = place.person()
        self.vaults = [Vault(self._person.connect())]
        self.torn: list[int] = []

    def run(self, stopping: threading.Event) -> None:
        """Writes until it is told to stop."""
        with httpx2.Client(timeout=30, **LOOPBACK) as http:
            while not stopping.is_set():
                if len(self.vaults[-1].acknowledged) == VAULT_SIZE:
                    self._person = self._place.person()
                    self.vaults.append(Vault(self._person.connect()))
                self._write(http, self.vaults[-1], stopping)

    def _write(self, http: httpx2.Client, vault: Vault, stopping: threading.Event) -> None:
        text = f"memory-{len(vault.acknowledged)}-{len(vault.unanswered)}"
        try:
            answer = call(http, vault.connection, "memory_store", {"text": text, "key": text})
        except httpx2.TransportError:
            vault.unanswered.add(text)
            self.torn.append(self._place.kills)
            return
        if answer.status_code == httpx2.codes.SERVICE_UNAVAILABLE:  # it has just started and says: in a moment
            stopping.wait(0.01)
        elif answer.status_code == httpx2.codes.UNAUTHORIZED:  # the token lived its ten minutes, in a long run
            vault.connection = self._person.connect()
        else:
            assert structured(answer)["created"], answer.text
            vault.acknowledged.append(text)
            self._progress.advance()


def call(http: httpx2.Client, connection: Connection, tool: str, arguments: dict[str, Any]) -> httpx2.Response:
    """A tools/call without a session."""
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}
    return http.post(connection.mcp_url, json=message, headers=connection.headers)


def structured(answer: httpx2.Response) -> dict[str, Any]:
    """What the tool answered. Fails when it refused."""
    assert answer.status_code == 200, answer.text
    result = answer.json()["result"]
    assert not result.get("isError"), answer.text
    content: dict[str, Any] = result["structuredContent"]
    return content


def memories_of(http: httpx2.Client, connection: Connection) -> list[str]:
    """Every text in the vault, page by page."""
    kept: list[str] = []
    cursor: str | None = None
    while True:
        arguments = {"limit": 50} | ({"cursor": cursor} if cursor else {})
        page = structured(call(http, connection, "memory_list", arguments))
        kept += [memory["text"] for memory in page["memories"]]
        cursor = page.get("next_cursor")
        if cursor is None:
            return kept
