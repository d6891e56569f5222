"""SQLite databases of other products: read as data, never trusted.

Opened read only, without extensions; functions named in the file's own schema are not run, and only tables are read.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any

from resource_server.memory.importers.material import LeftOut, Material, Part

MAGIC = b"SQLite format 3\0"
LONGEST_VALUE = 16 * 2**20
ROW_AT_A_TIME = 100


def databases(material: Material) -> list[Part]:
    """The SQLite files among the parts, wherever they are named like one or stand alone."""
    named = material.parts if len(material.parts) == 1 else material.named("*.db", "*.sqlite", "*.sqlite3")
    return [part for part in named if _is_sqlite(part)]


def _is_sqlite(part: Part) -> bool:
    """By its first bytes; one inside an archive cannot be read in place."""
    if part.path is None:
        return False
    with suppress(OSError), part.path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC
    return False


def columns_of(part: Part, table: str) -> frozenset[str]:
    """The columns of a table; empty where there is no such table."""
    with suppress(sqlite3.Error), closing(_opened(part)) as connection:
        if connection.execute("SELECT type FROM sqlite_master WHERE name = ?", (table,)).fetchall() == [("table",)]:
            return frozenset(row[1] for row in connection.execute(f"PRAGMA table_info({_quoted(table)})"))
    return frozenset()


def rows(part: Part, table: str, order: str = "rowid") -> Iterator[tuple[str, dict[str, Any]] | LeftOut]:
    """Each row of a table by the names of its columns, in the order of one of them."""
    if not columns_of(part, table):
        return
    number = 0
    try:
        with closing(_opened(part)) as connection:
            cursor = connection.execute(f"SELECT * FROM {_quoted(table)} ORDER BY {_quoted(order)}")  # noqa: S608 (quoted)
            names = [column[0] for column in cursor.description]
            while found := cursor.fetchmany(ROW_AT_A_TIME):
                for row in found:
                    number += 1
                    yield f"{part.name} {table} #{number}", dict(zip(names, row, strict=True))
    except sqlite3.Error as cause:
        yield LeftOut(part.name, f"the table {table} cannot be read beyond row {number}: {cause}")


def _opened(part: Part) -> sqlite3.Connection:
    if part.path is None:
        raise sqlite3.OperationalError("inside an archive")
    connection = sqlite3.connect(f"{part.path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None)
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA query_only = ON")
    return connection


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
