"""BM25 over what may be seen, and nothing else: the words of hidden memories weigh on no score.

Each namespace has an FTS5 table of its own, so that lengths and frequencies are counted apart. FTS5 multiplies its own
idf into bm25(); asking for one word at a time makes that a known factor, which is replaced by the idf over all
namespaces of the question. The rarest words choose the candidates, all words measure them.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate
from math import log
from typing import Any

from resource_server.memory.ranking import CANDIDATES, telling_words
from resource_server.memory.rows import FITTING, SEEN
from resource_server.memory.vault import Connection

KEY_WEIGHT, TEXT_WEIGHT, TAGS_WEIGHT = 2.0, 1.0, 1.5
POSTINGS = 20_000
"""How many occurrences one search looks at before the commonest of its words are left out."""

LEAST_IDF = 1e-6
"""What FTS5 takes for a word that is in more than half of the rows."""

CORPORA = f"""
    SELECT number, (SELECT count(*) FROM memory_index WHERE memory_index.namespace = namespaces.namespace)
    FROM namespaces WHERE {SEEN} ORDER BY number
"""  # noqa: S608 (constants)


@dataclass(frozen=True)
class Corpus:
    """The words of one namespace: how many memories it holds, and how many of them hold each word asked for."""

    table: str
    size: int
    holding: Mapping[str, int]


@dataclass(frozen=True)
class Terms:
    """The telling words of a query that occur at all, with their idf over what may be seen."""

    corpora: tuple[Corpus, ...]
    idf: Mapping[str, float]

    def held(self, word: str) -> int:
        """How many memories hold the word."""
        return sum(corpus.holding[word] for corpus in self.corpora)


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
    """What `query` is searched by. `asked` are the parameters of SEEN."""
    words = telling_words(query)
    found = connection.execute(CORPORA, asked).fetchall()
    corpora = tuple(_corpus(connection, words, number, size) for number, size in found)
    held = {word: sum(corpus.holding[word] for corpus in corpora) for word in words}
    size = sum(corpus.size for corpus in corpora)
    return Terms(
        corpora, {word: log(1 + (size - count + 0.5) / (count + 0.5)) for word, count in held.items() if count}
    )


def by_words(connection: Connection, terms: Terms, asked: Mapping[str, Any]) -> dict[int, float]:
    """BM25 of the best rows, larger is better. `asked` are the parameters of FITTING."""
    rarest = _rarest(terms)
    scores: dict[int, float] = {}
    for corpus in terms.corpora:
        held = {word: corpus.holding[word] for word in rarest if corpus.holding[word]}
        factors = {word: terms.idf[word] / _fts5_idf(corpus.size, count) for word, count in held.items()}
        if factors:
            scores.update(_best_of(connection, corpus, factors, asked))
    return scores


def occurrences(connection: Connection, terms: Terms, rows: Iterable[int]) -> list[tuple[int, int, float]]:
    """How much of each word each row holds, as (position of the word, row, BM25 without idf): 0 to 2.2."""
    wanted = json.dumps(list(rows))
    return [
        (position, row, rank / _fts5_idf(corpus.size, corpus.holding[word]))
        for corpus in terms.corpora
        for position, word in enumerate(terms.idf)
        if corpus.holding[word]
        # The plus keeps SQLite from asking FTS5 once a row.
        for row, rank in connection.execute(
            f"SELECT rowid, {_rank(corpus)} FROM {corpus.table} "  # noqa: S608 (constants)
            f"WHERE {corpus.table} MATCH :word AND +rowid IN (SELECT value FROM json_each(:rows))",
            {"word": _phrase(word), "rows": wanted},
        )
    ]


def _corpus(connection: Connection, words: list[str], number: int, size: int) -> Corpus:
    table = table_of(number)
    count = f"SELECT count(*) FROM {table} WHERE {table} MATCH ?"  # noqa: S608 (a number of ours)
    return Corpus(table, size, {word: connection.execute(count, (_phrase(word),)).fetchone()[0] for word in words})


def _best_of(
    connection: Connection, corpus: Corpus, factors: Mapping[str, float], asked: Mapping[str, Any]
) -> dict[int, float]:
    """The sum over words, one arm a word, in one statement."""
    table = corpus.table
    arm = f"SELECT rowid, {_rank(corpus)} * :factor{{0}} FROM {table} WHERE {table} MATCH :word{{0}}"  # noqa: S608 (constants)
    arms = " UNION ALL ".join(arm.format(position) for position in range(len(factors)))
    # Materialized, because bm25() works only where its table is read.
    statement = f"""
        WITH parts (row, part) AS MATERIALIZED ({arms})
        SELECT row, sum(part) AS score FROM parts JOIN memory_index USING (row) WHERE {FITTING}
        GROUP BY row ORDER BY score DESC, row DESC LIMIT {CANDIDATES}
    """  # noqa: S608 (constants)
    bound = {f"word{position}": _phrase(word) for position, word in enumerate(factors)}
    weights = {f"factor{position}": factor for position, factor in enumerate(factors.values())}
    return dict(connection.execute(statement, {**asked, **bound, **weights}).fetchall())


def _rank(corpus: Corpus) -> str:
    return f"-bm25({corpus.table}, {KEY_WEIGHT}, {TEXT_WEIGHT}, {TAGS_WEIGHT})"


def _phrase(word: str) -> str:
    """Quoted, so that no syntax of FTS5 is reachable."""
    return f'"{word}"'


def _rarest(terms: Terms) -> list[str]:
    """The words that tell most, as many as POSTINGS allows, at least one: a search costs no more in a large vault."""
    rarest = sorted(terms.idf, key=terms.held)
    totals = accumulate(terms.held(word) for word in rarest)
    return [
        word
        for position, (word, total) in enumerate(zip(rarest, totals, strict=True))
        if not position or total <= POSTINGS
    ]


def _fts5_idf(size: int, held: int) -> float:
    idf = log((size - held + 0.5) / (held + 0.5))
    return idf if idf > 0 else LEAST_IDF
