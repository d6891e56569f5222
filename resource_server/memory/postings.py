"""Which memories of a namespace hold a word, and how much that tells: BM25 without its idf.

FTS5's own bm25() reads a line of another table for each occurrence, so it measures the rarer words, exactly. Of a word
that many memories hold, it only says which do, and that is held; lengths are in memory, each field counts once.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

from resource_server.memory.index_columns import Connection, Rows
from resource_server.memory.index_filter import View
from resource_server.memory.search_memory import changed_since

KEY_WEIGHT, TEXT_WEIGHT, TAGS_WEIGHT = 2.0, 1.0, 1.5
FIELDS = (("text", TEXT_WEIGHT), ("key", KEY_WEIGHT), ("tags", TAGS_WEIGHT))
EXACT = 200
"""How many memories may hold a word that FTS5 measures."""

K1, B = 1.2, 0.75
"""Those of FTS5's bm25()."""

LEAST_IDF = 1e-6
"""What FTS5 takes for a word that is in more than half of the rows."""

Amounts = NDArray[np.float64]


@dataclass(frozen=True)
class Corpus:
    """The words of one namespace: its table, how many memories it holds, and their average length in words."""

    number: int
    table: str
    size: int
    average_length: float


def count_of(view: View, corpus: Corpus, word: str) -> int:
    """How many memories hold the word."""
    count = f"SELECT count(*) FROM {corpus.table} WHERE {corpus.table} MATCH ?"  # noqa: S608 (a number of ours)
    return int(view.connection.execute(count, (phrase(word),)).fetchone()[0])


def postings(view: View, corpus: Corpus, word: str, held: int) -> tuple[Rows, Amounts]:
    """The rows that hold a word, and how much each: 0 to 2.2. `held` is how many there are."""
    rows, amounts = _measured(view, corpus, word, held) if held <= EXACT else _estimated(view, corpus, word)
    inside = rows < view.columns.room
    return (rows, amounts) if inside.all() else (rows[inside], amounts[inside])


def phrase(word: str) -> str:
    """Quoted, so that no syntax of FTS5 is reachable."""
    return f'"{word}"'


def _measured(view: View, corpus: Corpus, word: str, held: int) -> tuple[Rows, Amounts]:
    rank = f"-bm25({corpus.table}, {KEY_WEIGHT}, {TEXT_WEIGHT}, {TAGS_WEIGHT})"
    found = view.connection.execute(
        f"SELECT rowid, {rank} FROM {corpus.table} WHERE {corpus.table} MATCH ?",  # noqa: S608 (constants)
        (phrase(word),),
    ).fetchall()
    table = np.array(found, dtype=np.float64).reshape(-1, 2)
    return table[:, 0].astype(np.int64), table[:, 1] / _fts5_idf(corpus.size, held)


def _estimated(view: View, corpus: Corpus, word: str) -> tuple[Rows, Amounts]:
    rows, weights = view.columns.postings.of(
        (corpus.number, word),
        view.sequence,
        lambda sequence: changed_since(view.connection, sequence),
        lambda changed: _weighted(view.connection, corpus, word, changed),
    )
    inside = rows < view.columns.room
    rows, weights = rows[inside], weights[inside]
    relative = view.columns.numbers["length"][rows] / corpus.average_length
    return rows.astype(np.int64), weights * (K1 + 1) / (weights + K1 * (1 - B + B * relative))


def _weighted(
    connection: Connection, corpus: Corpus, word: str, among: Sequence[int] | None
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The rows that hold a word, ascending, and the weights of the fields it is in, together."""
    found = [(_holding(connection, corpus, name, word, among), weight) for name, weight in FIELDS]
    rows, places = np.unique(np.concatenate([rows for rows, _ in found]), return_inverse=True)
    weights = np.bincount(places, weights=np.concatenate([np.full(len(rows), weight) for rows, weight in found]))
    return rows, weights.astype(np.float32)


def _holding(
    connection: Connection, corpus: Corpus, column: str, word: str, among: Sequence[int] | None
) -> NDArray[np.int32]:
    asked = {"word": f"{{{column}}}: {phrase(word)}", "among": json.dumps(among)}
    holding = f"SELECT rowid FROM {corpus.table} WHERE {corpus.table} MATCH :word"  # noqa: S608 (a number of ours)
    if among is None:
        find = f"SELECT group_concat(rowid) FROM ({holding})"  # noqa: S608 (constants)
    else:  # row by row: FTS5 goes straight to one, and through all for a list of them
        find = f"SELECT group_concat(value) FROM json_each(:among) WHERE EXISTS ({holding} AND rowid = value)"  # noqa: S608
    return np.fromstring(connection.execute(find, asked).fetchone()[0] or "", np.int32, sep=",")


def _fts5_idf(size: int, held: int) -> float:
    idf = log((size - held + 0.5) / (held + 0.5))
    return idf if idf > 0 else LEAST_IDF
