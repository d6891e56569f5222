"""BM25 over what may be seen, and nothing else: the words of hidden memories weigh on no score.

Each namespace has an FTS5 table of its own, so that lengths and frequencies are counted apart; how rare a word is, is
counted over all namespaces of the question. The rarest words choose the candidates.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from math import log
from typing import Any

import numpy as np

from resource_server.memory.index_columns import Columns, Connection, Rows
from resource_server.memory.index_filter import columns_of, confirmed, fitting, numbers_seen
from resource_server.memory.postings import EXACT, Amounts, Corpus, count_of, postings
from resource_server.memory.ranking import CANDIDATES, telling_words

POSTINGS = 40_000
"""How many occurrences one search looks at before the commonest of its words are left out."""

COUNTS_KEPT = 10_000


@dataclass(frozen=True)
class Terms:
    """The telling words of a query that occur at all: how many memories of which corpus hold them, and their idf.

    `found` keeps what was read, for a search looks at its words twice.
    """

    columns: Columns
    corpora: tuple[Corpus, ...]
    holding: Mapping[str, Mapping[Corpus, int]]
    idf: Mapping[str, float]
    found: dict[tuple[str, Corpus], tuple[Rows, Amounts]] = field(default_factory=dict)

    def held(self, word: str) -> int:
        """How many memories hold the word."""
        return sum(self.holding[word].values())


def create_corpus(connection: Connection, number: int) -> None:
    """The table of a namespace; columns are key, text and tags, the text itself is not kept twice."""
    connection.execute(
        f"CREATE VIRTUAL TABLE {table_of(number)} USING fts5(key, text, tags, content='', contentless_delete=1, "
        "tokenize='porter unicode61 remove_diacritics 2')"
    )


def table_of(number: int) -> str:
    """The name of a namespace's table."""
    return f"memory_words_{number:d}"


def terms_of(connection: Connection, query: str, asked: Mapping[str, Any]) -> Terms:
    """What `query` is searched by. `asked` are the parameters of FITTING."""
    columns = columns_of(connection, asked)
    corpora = _corpora(columns, numbers_seen(connection, asked))
    counted = {word: {one: _count(connection, columns, one, word) for one in corpora} for word in telling_words(query)}
    holding = {word: counts for word, counts in counted.items() if any(counts.values())}
    size = sum(corpus.size for corpus in corpora)
    held = {word: sum(counts.values()) for word, counts in holding.items()}
    idf = {word: log(1 + max(0.0, size - count + 0.5) / (count + 0.5)) for word, count in held.items()}
    return Terms(columns, corpora, holding, idf)


def by_words(connection: Connection, terms: Terms, asked: Mapping[str, Any]) -> dict[int, float]:
    """BM25 of the best rows, larger is better. `asked` are the parameters of FITTING."""
    scores = np.zeros(terms.columns.room)
    for word in _rarest(terms):
        for rows, amounts in _read(connection, terms, word):
            scores[rows] += terms.idf[word] * amounts
    fits = fitting(connection, terms.columns, asked)
    rows = np.flatnonzero(scores)
    rows = rows[fits[rows]]
    if len(rows) > CANDIDATES:
        rows = rows[np.argpartition(-scores[rows], CANDIDATES)[:CANDIDATES]]
    best = rows[np.lexsort((-rows, -scores[rows]))].tolist()
    found = confirmed(connection, terms.columns, best, asked)
    return {row: float(scores[row]) for row in best if row in found}


def occurrences(connection: Connection, terms: Terms, rows: Iterable[int]) -> list[tuple[int, int, float]]:
    """How much of each word each row holds, as (position of the word, row, BM25 without idf): 0 to 2.2.

    Words that by_words leaves out are left out here too.
    """
    wanted = np.fromiter(rows, np.int64)
    chosen = set(_rarest(terms))
    told: list[tuple[int, int, float]] = []
    for position, word in enumerate(terms.idf):
        for found, amounts in _read(connection, terms, word) if word in chosen else ():
            here = np.isin(found, wanted)
            told += [
                (position, row, amount)
                for row, amount in zip(found[here].tolist(), amounts[here].tolist(), strict=True)
            ]
    return told


def _corpora(columns: Columns, numbers: list[int]) -> tuple[Corpus, ...]:
    sizes, words = columns.sizes()
    return tuple(
        Corpus(number, table_of(number), int(sizes[number]), float(words[number] / sizes[number]))
        for number in numbers
        if number < len(sizes) and sizes[number]
    )


def _count(connection: Connection, columns: Columns, corpus: Corpus, word: str) -> int:
    """How many memories hold the word. Of a common one, what was counted lately is near enough."""
    known, size = columns.counts.get((corpus.number, word), (0, 0))
    if known > EXACT and abs(corpus.size - size) * 100 <= size:
        return known
    count = count_of(connection, corpus, word)
    if count > EXACT:
        if len(columns.counts) >= COUNTS_KEPT:
            columns.counts.clear()
        columns.counts[(corpus.number, word)] = (count, corpus.size)
    return count


def _rarest(terms: Terms) -> list[str]:
    """The words that tell most, as many as POSTINGS allows, at least one: a search costs no more in a large vault."""
    rarest = sorted(terms.idf, key=terms.held)
    totals = accumulate(terms.held(word) for word in rarest)
    return [
        word
        for position, (word, total) in enumerate(zip(rarest, totals, strict=True))
        if not position or total <= POSTINGS
    ]


def _read(connection: Connection, terms: Terms, word: str) -> Iterable[tuple[Rows, Amounts]]:
    for corpus, held in terms.holding[word].items():
        if not held:
            continue
        if (word, corpus) not in terms.found:
            terms.found[(word, corpus)] = postings(connection, corpus, terms.columns, word, held)
        yield terms.found[(word, corpus)]
