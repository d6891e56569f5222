"""What the vault keeps about each live memory's statement: its fingerprint and its claims, found again by index."""

from resource_server.memory.claims import Claim, claims_in, disagree
from resource_server.memory.records import Memory
from resource_server.memory.rows import COLUMNS, from_row
from resource_server.memory.sameness import fingerprint
from resource_server.memory.vault import Connection

MOST_CANDIDATES = 8
"""How many memories a new one is compared with, the newest first."""

OF_MEMORY = ", ".join(f"memories.{name.strip()}" for name in COLUMNS.split(","))
ALIKE = f"""
    SELECT {OF_MEMORY} FROM fingerprints JOIN memories USING (row)
    WHERE fingerprint = ? AND deleted_at IS NULL AND memories.id != ?
    ORDER BY row DESC LIMIT {MOST_CANDIDATES}
"""  # noqa: S608 (constants)
ABOUT = f"""
    SELECT value, {OF_MEMORY} FROM claims JOIN memories USING (row)
    WHERE about = ? AND deleted_at IS NULL AND quarantined_at IS NULL AND memories.id != ?
    ORDER BY row DESC LIMIT {MOST_CANDIDATES}
"""  # noqa: S608 (constants)


def fingerprint_of(memory: Memory) -> int | None:
    """None for what is never the same as something else: parts of documents, turns of a conversation without a date."""
    dated = None if memory.happened_at == memory.created_at else memory.happened_at
    if memory.document_id is not None or (memory.conversation is not None and dated is None):
        return None
    return fingerprint(memory.namespace, memory.text, memory.conversation, dated)


def claims_of(memory: Memory) -> tuple[Claim, ...]:
    """None in conversations and documents, where nobody knows who speaks."""
    if memory.document_id is not None or memory.conversation is not None:
        return ()
    return claims_in(memory.namespace, memory.text)


def note(connection: Connection, row: int, memory: Memory) -> None:
    """The statement of a memory can be found from now on."""
    value = fingerprint_of(memory)
    if value is not None:
        connection.execute("INSERT INTO fingerprints (row, fingerprint) VALUES (?, ?)", (row, value))
    connection.executemany(
        "INSERT INTO claims VALUES (?, ?, ?)", [(row, claim.about, claim.value) for claim in claims_of(memory)]
    )


def forget(connection: Connection, row: int) -> None:
    """The statement of a memory that is live no more, or says something else now."""
    connection.execute("DELETE FROM fingerprints WHERE row = ?", (row,))
    connection.execute("DELETE FROM claims WHERE row = ?", (row,))


def restated(connection: Connection, memory_id: str) -> None:
    """Counts that a statement was made again, which is as durable a write as any other."""
    connection.execute(
        "UPDATE fingerprints SET restated = restated + 1 WHERE row = (SELECT row FROM memories WHERE id = ?)",
        (memory_id,),
    )


def alike(connection: Connection, memory: Memory) -> list[Memory]:
    """Memories that could be the same as this one or its opposite, those that wait in quarantine among them."""
    value = fingerprint_of(memory)
    return [] if value is None else [from_row(row) for row in connection.execute(ALIKE, (value, memory.id))]


def disagreeing(connection: Connection, memory: Memory) -> list[Memory]:
    """Live memories that claim something else about the same."""
    return [
        from_row(row)
        for claim in claims_of(memory)
        for value, *row in connection.execute(ABOUT, (claim.about, memory.id)).fetchall()
        if disagree(claim.value, value)
    ]
