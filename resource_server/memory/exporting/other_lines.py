"""Lines of an export that are no memories, as rows: checked against the columns of their table, and never replacing."""

import json
from base64 import b64decode
from binascii import Error as NotBase64Error
from datetime import datetime
from typing import Any

from sqlcipher3 import dbapi2  # type: ignore[import-untyped]  # carries no types

from resource_server.memory.exporting.lines import columns_of
from resource_server.memory.exporting.tables import EVENTS, LEDGER, OTHERS, OWN_SETTINGS, Table
from resource_server.memory.importers.fitting import clean
from resource_server.memory.rows import from_state, microseconds
from resource_server.memory.vault import Connection

TABLES = {table.line: table for table in (*OTHERS, EVENTS, LEDGER)}
RESTATED = "UPDATE fingerprints SET restated = max(restated, :restated) WHERE row = :row"
NAMELESS = ("event", "origin", "ledger")
ROW = ("row", "SELECT row FROM memories WHERE id = :memory_id")
NUMBERS = {
    ("use", "memory_id"): ROW,
    ("feedback", "memory_id"): ROW,
    ("restated", "memory_id"): ROW,
    ("segment_page", "segment"): ("segment", "SELECT number FROM segments WHERE id = :segment"),
    ("segment", "embedder"): ("embedder", "SELECT number FROM embedders WHERE name = :embedder"),
    ("origin", "event"): (
        "event",
        "SELECT sequence FROM events WHERE memory_id = :memory_id ORDER BY sequence LIMIT 1 OFFSET :event - 1",
    ),
}
"""Members that name what a column has as a number: the column, and how the number is found."""


class NoRowError(ValueError):
    """The line does not fit its table; the text says why."""


class OtherRows:
    """Writes rows inside one transaction. Names of entities that the vault has already keep their own id."""

    def __init__(self, connection: Connection, entity_ids: dict[str, str]) -> None:
        self._connection = connection
        self._entity_ids = entity_ids
        self._columns = {line: columns_of(connection, table) for line, table in TABLES.items()}

    def write(self, line: dict[str, Any]) -> bool:
        """Whether a row was added; one that is there already is left as it is. Raises NoRowError."""
        table = TABLES[line["line"]]
        row = self._numbered(table, self._row(table, line))
        if table.line == "entity" and self._has_entity(row):
            return False
        if not row or self._is_there(table, row):
            return False
        if table.line == "link" and not all(self._is_node(row.get(end)) for end in ("source", "target")):
            raise NoRowError("what it links is not there")
        if table.line == "restated":
            self._connection.execute(RESTATED, row)
            return True
        names = ", ".join(row)
        values = ", ".join(f":{name}" for name in row)
        statement = f"INSERT INTO {table.name} ({names}) VALUES ({values}) ON CONFLICT DO NOTHING"  # noqa: S608 (columns)
        try:
            return bool(self._connection.execute(statement, row).rowcount)
        except dbapi2.IntegrityError as cause:
            raise NoRowError("it does not fit with what it belongs to") from cause

    def _is_there(self, table: Table, row: dict[str, Any]) -> bool:
        """Rows without a name of their own are known by all they say."""
        if table.line not in NAMELESS:
            return False
        same = " AND ".join(f"{name} IS :{name}" for name in row)
        return self._connection.execute(f"SELECT 1 FROM {table.name} WHERE {same}", row).fetchone() is not None  # noqa: S608 (columns)

    def _is_node(self, node: Any) -> bool:
        find = "SELECT 1 FROM memories WHERE id = :id UNION SELECT 1 FROM entities WHERE id = :id"
        return self._connection.execute(find, {"id": node}).fetchone() is not None

    def _row(self, table: Table, line: dict[str, Any]) -> dict[str, Any]:
        row = {}
        for name, kind, may_be_null in self._columns[table.line]:
            if name not in line:
                continue
            if line[name] is None and not may_be_null:
                raise NoRowError(f"{name} is missing")
            row[name] = None if line[name] is None else _stored(table, name, kind, line[name])
        if table.line == "setting" and row.get("name") in OWN_SETTINGS:
            raise NoRowError("what another vault notes for itself is nothing of this one")
        if table is EVENTS and row.get("state") is not None:
            _check_state(row)
        return row

    def _numbered(self, table: Table, row: dict[str, Any]) -> dict[str, Any]:
        for (line, name), (column, find) in NUMBERS.items():
            if line == table.line and row.get(name) is not None:
                found = self._connection.execute(find, row).fetchone()
                del row[name]
                row[column] = found[0] if found else None
        for end in ("source", "target", "entity_id"):
            if end in row:
                row[end] = self._entity_ids.get(row[end], row[end])
        return row

    def _has_entity(self, row: dict[str, Any]) -> bool:
        known = self._connection.execute(
            "SELECT id FROM entities WHERE namespace = ? AND folded = ?", (row.get("namespace"), row.get("folded"))
        ).fetchone()
        if known is not None:
            self._entity_ids[row["id"]] = known[0]
        return known is not None


def _stored(table: Table, name: str, kind: str, value: Any) -> Any:
    """As the column has it. Raises NoRowError."""
    try:
        if name in table.instants:
            return microseconds(datetime.fromisoformat(value))
        if name in table.documents:
            return clean(json.dumps(value, ensure_ascii=False, allow_nan=False))
        if kind == "BLOB":
            return b64decode(value, validate=True)
    except (ValueError, TypeError, NotBase64Error, RecursionError, OverflowError) as cause:
        raise NoRowError(f"{name} is not what it must be") from cause
    kind = "TEXT" if (table.line, name) in NUMBERS and name != "event" else kind
    fitting = {"TEXT": str, "INTEGER": int, "REAL": int | float}[kind]
    if not isinstance(value, fitting) or (isinstance(value, int) and not -(2**63) <= value < 2**63):
        raise NoRowError(f"{name} is not what it must be")
    return clean(value) if isinstance(value, str) else value


def _check_state(row: dict[str, Any]) -> None:
    """History reads states as memories, later and without looking again."""
    try:
        is_its_own = from_state(row["state"]).id == row.get("memory_id")
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as cause:
        raise NoRowError("state is no memory") from cause
    if not is_its_own:
        raise NoRowError("state is another memory's")
