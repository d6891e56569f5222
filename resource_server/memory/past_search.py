"""Search in the past: the states of then in a vault of the moment, in memory alone, searched as the vault itself is.

Nothing that was written later weighs on a score: words are counted, and vectors compared, among the states of then. It
costs as much as indexing those states once; beyond MOST of them, or MOST_CHARACTERS, the newest are searched. AT_ONCE
searches at most hold so much at the same time.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from itertools import accumulate
from threading import BoundedSemaphore
from typing import Any

from resource_server.memory.embeddings import bits_of, packed
from resource_server.memory.finding import find
from resource_server.memory.indexing import INDEXED, namespace_number
from resource_server.memory.past import in_the_past
from resource_server.memory.records import Filters, Hit
from resource_server.memory.rows import COLUMNS, FIELDS, LIVE, SEEN, seen
from resource_server.memory.vault import Connection, in_memory
from resource_server.memory.vault_access import VaultAccess
from resource_server.memory.words import table_of
from shared.clock import now

MOST, MOST_CHARACTERS = 50_000, 32_000_000
"""So many states, and characters of text, are searched at most: more would take the memory of the process."""

AT_ONCE = BoundedSemaphore(4)

EMBEDDED_ANEW = 2_000
"""So many texts that changed or went since are embedded for one search; older ones are found by their words."""

NEWEST = f"""
    SELECT row, length(text) FROM memories WHERE {LIVE} AND {SEEN} ORDER BY id DESC LIMIT {MOST}
"""  # noqa: S608 (constants)
STATES = f"""
    SELECT memories.row, {", ".join(f"memories.{name}" for name in FIELDS)}, known.bits, vector
    FROM memories
    LEFT JOIN main.memories AS present
        ON present.row = memories.row AND present.text = memories.text AND present.key IS memories.key
    LEFT JOIN memory_index AS known
        ON known.row = present.row AND known.embedder = (SELECT number FROM embedders WHERE name = :embedder)
    LEFT JOIN memory_vectors ON memory_vectors.row = known.row
    WHERE memories.row IN (SELECT value FROM json_each(:rows)) ORDER BY memories.id DESC
"""  # noqa: S608 (constants)
INTO_MEMORIES = f"INSERT INTO memories (row, {COLUMNS}) VALUES ({', '.join('?' * (1 + len(FIELDS)))})"  # noqa: S608 (constants)
INTO_WORDS = """
    INSERT INTO {table} (rowid, key, text, tags) SELECT row, coalesce(key, ''), text, tags FROM memories
    WHERE namespace = ?
"""
FILTERED_BY = ", ".join(name for name in INDEXED if name not in ("embedder", "bits", "length"))
INTO_INDEX = f"INSERT INTO memory_index ({FILTERED_BY}) SELECT {FILTERED_BY} FROM memories"  # noqa: S608 (constants)
KEY, TEXT = 1 + FIELDS.index("key"), 1 + FIELDS.index("text")

Row = tuple[Any, ...]


def find_in_the_past(
    vault: VaultAccess, query: str, filters: Filters, as_of: datetime, limit: int, *, folded: bool = True
) -> list[Hit]:
    """The best matches among what was there at `as_of`, best first."""
    filters = replace(filters, as_of=min(as_of, now()))
    embedded = vault.embedded(None, query)
    name, vector = embedded or ("none", None)
    asked = {**seen(filters.namespaces, now()), "embedder": name}
    with AT_ONCE, in_memory() as connection:
        states = vault.read(lambda held: _states(held, asked, as_of))
        _fill(connection, states)
        if embedded is not None:
            _add_vectors(connection, name, _vectors(vault, states))
        return find(connection, query, vector, name, filters, limit, folded=folded)


def _states(connection: Connection, asked: Mapping[str, Any], as_of: datetime) -> list[Row]:
    sizes = connection.execute(*in_the_past(NEWEST, asked, as_of)).fetchall()
    totals = accumulate(size for _, size in sizes)
    rows = [row for (row, _), total in zip(sizes, totals, strict=True) if total <= MOST_CHARACTERS]
    return list(connection.execute(*in_the_past(STATES, {**asked, "rows": json.dumps(rows)}, as_of)))


def _fill(connection: Connection, states: list[Row]) -> None:
    connection.executemany(INTO_MEMORIES, [row[:-2] for row in states])
    connection.execute(INTO_INDEX)
    for (namespace,) in connection.execute("SELECT DISTINCT namespace FROM memories").fetchall():
        table = table_of(namespace_number(connection, namespace))
        connection.execute(INTO_WORDS.format(table=table), (namespace,))


def _vectors(vault: VaultAccess, states: list[Row]) -> list[tuple[bytes, bytes, int]]:
    """Bits, vector and row: as the vault still has them, or anew for a text that it has no more."""
    kept = [(bits, vector, row) for row, *_, bits, vector in states if vector is not None]
    lost = [state for state in states if state[-1] is None][:EMBEDDED_ANEW]
    if not lost:
        return kept
    anew = zip(lost, vault.embedded_all([(state[KEY], state[TEXT]) for state in lost]), strict=True)
    return kept + [(bits_of(one[1]), packed(one[1]), state[0]) for state, one in anew if one is not None]


def _add_vectors(connection: Connection, embedder: str, vectors: list[tuple[bytes, bytes, int]]) -> None:
    connection.execute("INSERT INTO embedders (number, name) VALUES (1, ?)", (embedder,))
    connection.executemany(
        "UPDATE memory_index SET embedder = 1, bits = ? WHERE row = ?", [(b, r) for b, _, r in vectors]
    )
    connection.executemany("INSERT INTO memory_vectors (row, vector) VALUES (?, ?)", [(r, v) for _, v, r in vectors])
