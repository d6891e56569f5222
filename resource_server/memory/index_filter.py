"""Which rows of a vault's index fit a question: by the arrays in memory first, and by the database at last."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from resource_server.memory.index_columns import Columns, Connection, Mask
from resource_server.memory.rows import FITTING, SEEN
from resource_server.memory.search_memory import NOBODY, HeldIndex, SearchMemory, last_change

NUMBERS_SEEN = f"SELECT number FROM namespaces WHERE {SEEN} ORDER BY number"  # noqa: S608 (constants)
CONFIRMED = f"SELECT row FROM memory_index WHERE row IN (SELECT value FROM json_each(:rows)) AND {FITTING}"  # noqa: S608 (constants)


@dataclass(frozen=True)
class View:
    """The index as one question sees it, in one snapshot. `asked` are the parameters of FITTING and the embedder."""

    connection: Connection
    columns: Columns
    asked: Mapping[str, Any]

    @cached_property
    def fits(self) -> Mask:
        """What FITTING says, for each row."""
        return fitting(self.connection, self.columns, self.asked)

    def confirmed(self, rows: Iterable[int]) -> list[int]:
        """Those of `rows`, which fit by the arrays, that fit in this snapshot too: others may have written since."""
        wanted = [int(row) for row in rows]
        if self.columns.sequence == self.sequence:
            return wanted
        found = self.connection.execute(CONFIRMED, {**self.asked, "rows": json.dumps(wanted)})
        confirmed = {row for (row,) in found}
        return [row for row in wanted if row in confirmed]

    @cached_property
    def sequence(self) -> int:
        """The last change of the index that the snapshot has; the arrays may have later ones."""
        return last_change(self.connection)


def view_of(connection: Connection, asked: Mapping[str, Any]) -> View:
    """The index of the vault, brought up to this snapshot."""
    return View(connection, columns_of(connection, asked), asked)


def columns_of(connection: Connection, asked: Mapping[str, Any]) -> Columns:
    """The index of the vault, comparable with vectors of the embedder that is asked for, if one is."""
    index = connection.index or HeldIndex(SearchMemory(0))
    return index.columns(connection, asked.get("embedder", NOBODY))


def numbers_seen(connection: Connection, asked: Mapping[str, Any]) -> list[int]:
    """The numbers of the namespaces that may be seen."""
    return [number for (number,) in connection.execute(NUMBERS_SEEN, asked)]


def fitting(connection: Connection, columns: Columns, asked: Mapping[str, Any]) -> Mask:
    """What FITTING says, for each row; `asked` are its parameters."""
    numbers = columns.numbers
    fits: Mask = _lookup(numbers["namespace"], numbers_seen(connection, asked)) & (numbers["expires_at"] > asked["now"])
    if asked["since"] is not None:
        fits &= numbers["happened_at"] >= asked["since"]
    if asked["until"] is not None:
        fits &= numbers["happened_at"] < asked["until"]
    if (kinds := json.loads(asked["kinds"])) != []:
        fits &= _having(columns, "kind", kinds)
    if (app := asked["app"]) is not None:
        named = [name for name in tuple(columns.codes["client_name"]) if name and _folded(name) == _folded(app)]
        fits &= _having(columns, "client_id", [app]) | _having(columns, "client_name", named)
    if asked["conversation"] is not None:
        fits &= _having(columns, "conversation", [asked["conversation"]])
    if tags := set(json.loads(asked["tags"])):
        known = [one for one in tuple(columns.codes["tags"]) if one and tags <= set(json.loads(one))]
        fits &= _having(columns, "tags", known)
    return fits


def _having(columns: Columns, name: str, texts: Iterable[str]) -> Mask:
    codes = columns.codes[name]
    return _lookup(columns.numbers[name], [codes[text] for text in texts if text in codes])


def _lookup(column: Any, codes: list[int]) -> Mask:
    wanted = np.zeros(max([int(column.max(initial=0)), *codes]) + 1, np.bool_)
    wanted[codes] = True
    found: Mask = wanted[column]
    return found


def _folded(text: str) -> str:
    """As SQLite's NOCASE compares: letters of ASCII alone."""
    return text.encode().lower().decode()
