"""Requests that an app may repeat: what it marks with the same key is stored once (draft-ietf-httpapi-idempotency-key).

A key belongs to the connection that chose it, an app of a person under one grant, and is remembered for a day: what
another connection stores under the same key is another request, and neither learns of the other.
"""

from datetime import timedelta
from hashlib import blake2b

from resource_server.memory.records import Author, Draft
from resource_server.memory.rows import microseconds
from resource_server.memory.vault import Connection
from shared.clock import now

REMEMBERED = timedelta(days=1)


class IdempotencyKeyReusedError(ValueError):
    """The key was used for something else."""


def owner_of(author: Author) -> str:
    """Whose a key is. In the vault of a shared namespace the same app may be that of several people."""
    return " ".join((author.client_id, author.grant_id, author.person))


def stored_before(connection: Connection, owner: str, key: str, draft: Draft) -> str | None:
    """The id of the memory that this very request made or changed. Raises IdempotencyKeyReusedError."""
    connection.execute("DELETE FROM idempotency_keys WHERE at < ?", (microseconds(now() - REMEMBERED),))
    found = connection.execute(
        "SELECT digest, memory_id FROM idempotency_keys WHERE client_id = ? AND key = ?", (owner, key)
    ).fetchone()
    if found is None:
        return None
    if found[0] != _digest(draft):
        raise IdempotencyKeyReusedError("another request had this key")
    return str(found[1])


def remember(connection: Connection, owner: str, key: str, draft: Draft, memory_id: str) -> None:
    """The request was answered with this memory."""
    connection.execute(
        "INSERT OR REPLACE INTO idempotency_keys VALUES (?, ?, ?, ?, ?)",
        (owner, key, _digest(draft), memory_id, microseconds(now())),
    )


def _digest(draft: Draft) -> bytes:
    said = "\0".join((draft.namespace, draft.key or "", draft.kind, draft.text))
    return blake2b(said.encode(), digest_size=16).digest()
