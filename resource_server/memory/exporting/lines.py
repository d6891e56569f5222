"""Rows of a vault as lines of an export: names of columns, instants in ISO 8601, JSON as JSON, bytes in base64."""

import json
from base64 import b64encode
from collections.abc import Collection, Iterator
from typing import Any

from resource_server.memory.exporting.tables import EXPORTED, LEDGER, MEMORIES, Table
from resource_server.memory.rows import instant
from resource_server.memory.vault import Connection
from shared.authorization_details import NamespaceSet

FORMAT = "ostiary-memory"
VERSION = 1
Line = dict[str, Any]


def header(exported_at: str, layout: str, left_out: Collection[str]) -> Line:
    """The first line. Whoever reads an export refuses another format or a higher version.

    `left_out` are the namespaces that the person shares: what lies there is not theirs alone, and no export has it.
    """
    line = {"line": "export", "format": FORMAT, "version": VERSION, "layout": layout, "exported_at": exported_at}
    return line | ({"left_out": sorted(left_out)} if left_out else {})


def memory_lines(connection: Connection, namespaces: NamespaceSet) -> Iterator[Line]:
    """Every memory, those in the trash and in quarantine too."""
    return _lines(connection, MEMORIES, namespaces)


def other_lines(connection: Connection, namespaces: NamespaceSet, *, with_ledger: bool) -> Iterator[Line]:
    """All that hangs on memories, their history first."""
    for table in EXPORTED[1:]:
        yield from _lines(connection, table, namespaces)
    if with_ledger and namespaces.everything:
        yield from _lines(connection, LEDGER, namespaces)


def as_text(line: Line) -> str:
    """One line, always the same for the same content."""
    return json.dumps(line, ensure_ascii=False) + "\n"


def columns_of(connection: Connection, table: Table) -> list[tuple[str, str, bool]]:
    """The columns a line has: name, type, and whether they may be null."""
    found = connection.execute(f"PRAGMA table_info({table.name})").fetchall()
    given = [(row[1], row[2], not row[3]) for row in found if row[1] not in table.leaves]
    named = {name for name, *_ in given}
    return given + [(name, "TEXT", True) for name, _ in table.select if name not in named]


def _lines(connection: Connection, table: Table, namespaces: NamespaceSet) -> Iterator[Line]:
    names = [name for name, *_ in columns_of(connection, table)]
    instead = dict(table.select)
    read = ", ".join(f"{instead[name]} AS {name}" if name in instead else name for name in names)
    condition = table.only if namespaces.everything else f"{table.only} AND {table.within}"
    rows = connection.execute(
        f"SELECT {read} FROM {table.name} WHERE {condition} ORDER BY {table.order}",  # noqa: S608 (constants and columns)
        {} if namespaces.everything or ":names" not in condition else {"names": json.dumps(sorted(namespaces.names))},
    )
    for row in rows:
        yield {"line": table.line, **{name: _said(table, name, value) for name, value in zip(names, row, strict=True)}}


def _said(table: Table, name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in table.instants:
        found = instant(value)
        return found.isoformat() if found else None
    if name in table.documents:
        return json.loads(value)
    return b64encode(value).decode() if isinstance(value, bytes) else value
