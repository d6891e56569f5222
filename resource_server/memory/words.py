"""BM25 over what may be seen, and nothing else: the words of hidden memories weigh on no score.

Each namespace has an FTS5 table of its own, so that lengths and frequencies are counted apart; how rare a word is, is
counted over all namespaces of the question. The rarest words choose the candidates.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from math import log

import numpy as np

from resource_server.memory.index_columns import Connection, Rows
from resource_server.memory.index_filter import View, numbers_seen
from resource_server.memory.postings import EXACT, Amounts, Corpus, count_of, postings
from resource_server.memory.ranking import CANDIDATES, Scores, telling_words

POSTINGS = 40_000
"""How many occurrences one search looks at before the commonest of its words are left out."""

COUNTS_KEPT = 10_000


@dataclass(frozen=True)
class Terms:
    """The telling words of a query that occur at all: how many memories of which corpus hold them, and their idf."""

    view: View
    holding: Mapping[str, Mapping[Corpus, int]]
    idf: Mapping[str, float]
    _read: dict[str, list[tuple[Rows, Amounts]]] = field(default_factory=dict)

    def held(self, word: str) -> int:
        """How many memories hold the word."""
        return sum(self.holding[word].values())

    @cached_property
    def rarest(self) -> list[str]:
        """The words that tell most, as many as POSTINGS allows, at least one: large vaults cost no more."""
        words = sorted(self.idf, key=self.held)
        totals = accumulate(self.held(word) for word in words)
        return [
            word
            for position, (word, total) in enumerate(zip(words, totals, strict=True))
            if not position or total <= POSTINGS
        ]

    def postings(self, word: str) -> list[tuple[Rows, Amounts]]:
        """Where the word occurs, for each corpus; read once, for a search looks at its words twice."""
        if word not in self._read:
            counts = self.holding[word].items()
            self._read[word] = [postings(self.view, corpus, word, held) for corpus, held in counts if held]
        return self._read[word]


def create_corpus(connection: Connection, number: int) -> None:
    """The table of a namespace; columns are key, text and tags, the text itself is not kept twice."""
    connection.execute(
        f"CREATE VIRTUAL TABLE {table_of(number)} USING fts5(key, text, tags, content='', contentless_delete=1, "
        "tokenize='porter unicode61 remove_diacritics 2')"
    )


def table_of(number: int) -> str:
    """The name of a namespace's table."""
    return f"memory_words_{number:d}"


def terms_of(view: View, query: str) -> Terms:
    """What `query` is searched by."""
    corpora = _corpora(view)
    counted = {word: {one: _count(view, one, word) for one in corpora} for word in telling_words(query)}
    holding = {word: counts for word, counts in counted.items() if any(counts.values())}
    size = sum(corpus.size for corpus in corpora)
    held = {word: sum(counts.values()) for word, counts in holding.items()}
    idf = {word: log(1 + max(0.0, size - count + 0.5) / (count + 0.5)) for word, count in held.items()}
    return Terms(view, holding, idf)


def by_words(terms: Terms) -> dict[int, float]:
    """BM25 of the best rows, larger is better."""
    view = terms.view
    scores = np.zeros(view.columns.room)
    for word in terms.rarest:
        for rows, amounts in terms.postings(word):
            scores[rows] += terms.idf[word] * amounts
    rows = np.flatnonzero(scores)
    rows = rows[view.fits[rows]]
    if len(rows) > CANDIDATES:
        rows = rows[np.argpartition(-scores[rows], CANDIDATES)[:CANDIDATES]]
    best = rows[np.lexsort((-rows, -scores[rows]))].tolist()
    return {row: float(scores[row]) for row in view.confirmed(best)}


def occurrences(terms: Terms, rows: Sequence[int]) -> Scores:
    """How much each of `rows` holds of each word of `terms`, as BM25 without idf: 0 to 2.2.

    Words that by_words leaves out are left out here too.
    """
    chosen, wanted = set(terms.rarest), np.array(rows, np.int64)
    order = np.argsort(wanted)
    ascending = wanted[order]
    amounts = np.zeros((len(rows), len(terms.idf)))
    for position, word in enumerate(terms.idf):
        for found, held in terms.postings(word) if word in chosen else ():
            places = np.searchsorted(ascending, found)
            here = ascending[np.minimum(places, len(ascending) - 1)] == found if len(ascending) else places < 0
            amounts[order[places[here]], position] = held[here]
    return amounts


def _corpora(view: View) -> tuple[Corpus, ...]:
    sizes, words = view.columns.sizes()
    return tuple(
        Corpus(number, table_of(number), int(sizes[number]), float(words[number] / sizes[number]))
        for number in numbers_seen(view.connection, view.asked)
        if number < len(sizes) and sizes[number]
    )


def _count(view: View, corpus: Corpus, word: str) -> int:
    """How many memories hold the word. Of a common one, what was counted lately is near enough."""
    counts = view.columns.counts
    known, size = counts.get((corpus.number, word), (0, 0))
    if known > EXACT and abs(corpus.size - size) * 100 <= size:
        return known
    count = count_of(view, corpus, word)
    if count > EXACT:
        if len(counts) >= COUNTS_KEPT:
            counts.clear()
        counts[(corpus.number, word)] = (count, corpus.size)
    return count
