"""A vault that another process keeps locked: the model reads what to do, and nothing is lost."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx2

from resource_server.memory.vault_keys import SealedKeyRing
from resource_server.memory.vaults import Vaults
from resource_server.settings import Settings
from shared.database import open_engine
from shared.installation import open_installation
from shared.master_key import load_master_key
from tests.doors import MASTER_KEY, Connection, Person
from tests.loopback import LOOPBACK
from tests.mcp_messages import request

LONGER_THAN_A_WRITE_WAITS = 60


@contextmanager
def locked_by_another(connection: Connection, person: Person) -> Iterator[None]:
    """Somebody else is in the middle of a write to the person's vault."""
    settings = Settings(**person.doors.shared)
    engine = open_engine(settings.effective_database_url)
    master_key = load_master_key(open_installation(settings.data_dir), MASTER_KEY, None)
    vaults = Vaults(settings.data_dir / "vaults", SealedKeyRing(engine, master_key), limit=1)
    with vaults.lend(person.doors.claims(connection)["sub"]) as vault, vault.write():
        yield
    vaults.close()
    engine.dispose()


def store(connection: Connection, text: str) -> dict[str, object]:
    """The result of storing a memory, however long it takes."""
    message = request("tools/call", {"name": "memory_store", "arguments": {"value": text}})
    answer = httpx2.post(
        connection.mcp_url, json=message, headers=connection.headers, timeout=LONGER_THAN_A_WRITE_WAITS, **LOOPBACK
    )
    result: dict[str, object] = answer.json()["result"]
    return result


def test_a_vault_that_stays_locked_asks_for_patience(mary: Person) -> None:
    """A tool error in words, not an accident with a reference; afterwards all is as before."""
    connection = mary.connect()
    assert store(connection, "before")["isError"] is False
    with locked_by_another(connection, mary):
        refused = store(connection, "meanwhile")
    assert refused["isError"] is True
    assert refused["content"] == [{"type": "text", "text": "Your memories are busy; try again in a moment."}]
    assert store(connection, "after")["isError"] is False
