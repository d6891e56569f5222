"""What a vault keeps beside memories, as lines of JSON: every event of their history, and the ledger."""

import json
from collections.abc import Iterator

from resource_server.memory.rows import instant
from resource_server.memory.vault_access import VaultAccess

PAGE = 200
PLACE = {"history": ("events", "sequence"), "ledger": ("ledger", "number")}
PARTS = frozenset(PLACE)
STORED_AS_JSON = frozenset({"state", "namespaces", "memory_ids"})


def record_lines(vault: VaultAccess, part: str) -> Iterator[bytes]:
    """A page of lines at a time, oldest first, then their count under `memories`; nobody gets a vault by it."""
    count, after, is_last = 0, 0, not vault.exists
    while not is_last:
        page = _page(vault, part, after)
        yield b"".join(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in page)
        count, is_last = count + len(page), len(page) < PAGE
        after = int(str(page[-1][PLACE[part][1]])) if page else after
    yield json.dumps({"memories": count}).encode() + b"\n"


def _page(vault: VaultAccess, part: str, after: int) -> list[dict[str, object]]:
    table, number = PLACE[part]
    statement = f"SELECT * FROM {table} WHERE {number} > ? ORDER BY {number} LIMIT {PAGE}"  # noqa: S608 (constants)

    def read(connection: object) -> list[dict[str, object]]:
        found = connection.execute(statement, (after,))  # type: ignore[attr-defined]  # a SQLCipher connection
        names = [column[0] for column in found.description]
        return [_line(dict(zip(names, row, strict=True))) for row in found.fetchall()]

    return vault.read(read)


def _line(row: dict[str, object]) -> dict[str, object]:
    at = instant(int(str(row["at"])))
    parsed = {name: json.loads(str(value)) for name, value in row.items() if name in STORED_AS_JSON and value}
    return {**row, **parsed, "at": at.isoformat() if at else None}
