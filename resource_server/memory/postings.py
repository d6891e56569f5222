"""Which memories of a namespace hold a word, and how much that tells: BM25 without its idf.

FTS5's own bm25() reads a line of another table for each occurrence, so it measures the rarer words, exactly. Of a word
that many memories hold, it only says which do; lengths are in memory, and each field counts once.
"""

from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

from resource_server.memory.index_columns import Columns, Connection, Rows

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


def count_of(connection: Connection, corpus: Corpus, word: str) -> int:
    """How many memories hold the word."""
    count = f"SELECT count(*) FROM {corpus.table} WHERE {corpus.table} MATCH ?"  # noqa: S608 (a number of ours)
    return int(connection.execute(count, (phrase(word),)).fetchone()[0])


def postings(connection: Connection, corpus: Corpus, columns: Columns, word: str, held: int) -> tuple[Rows, Amounts]:
    """The rows that hold a word, and how much each: 0 to 2.2. `held` is how many there are."""
    if held <= EXACT:
        rows, amounts = _measured(connection, corpus, word, held)
        inside = rows < columns.room
        return rows[inside], amounts[inside]
    return _estimated(connection, corpus, columns, word)


def phrase(word: str) -> str:
    """Quoted, so that no syntax of FTS5 is reachable."""
    return f'"{word}"'


def _measured(connection: Connection, corpus: Corpus, word: str, held: int) -> tuple[Rows, Amounts]:
    rank = f"-bm25({corpus.table}, {KEY_WEIGHT}, {TEXT_WEIGHT}, {TAGS_WEIGHT})"
    found = connection.execute(
        f"SELECT rowid, {rank} FROM {corpus.table} WHERE {corpus.table} MATCH ?",  # noqa: S608 (constants)
        (phrase(word),),
    ).fetchall()
    table = np.array(found, dtype=np.float64).reshape(-1, 2)
    return table[:, 0].astype(np.int64), table[:, 1] / _fts5_idf(corpus.size, held)


def _estimated(connection: Connection, corpus: Corpus, columns: Columns, word: str) -> tuple[Rows, Amounts]:
    (rows, weight), *others = [(_holding(connection, corpus, name, word), weight) for name, weight in FIELDS]
    weights = np.full(len(rows), weight)
    for more, weight in others:
        if len(more):
            rows, places = np.unique(np.concatenate([rows, more]), return_inverse=True)
            weights = np.bincount(places, weights=np.concatenate([weights, np.full(len(more), weight)]))
    inside = rows < columns.room
    rows, weights = rows[inside], weights[inside]
    relative = columns.numbers["length"][rows] / corpus.average_length
    return rows, weights * (K1 + 1) / (weights + K1 * (1 - B + B * relative))


def _holding(connection: Connection, corpus: Corpus, column: str, word: str) -> Rows:
    find = f"SELECT group_concat(rowid) FROM {corpus.table} WHERE {corpus.table} MATCH ?"  # noqa: S608 (constants)
    listed = connection.execute(find, (f"{{{column}}}: {phrase(word)}",)).fetchone()[0]
    return np.fromstring(listed or "", np.int64, sep=",")


def _fts5_idf(size: int, held: int) -> float:
    idf = log((size - held + 0.5) / (held + 0.5))
    return idf if idf > 0 else LEAST_IDF
