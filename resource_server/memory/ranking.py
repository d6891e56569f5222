"""Ranking: words (BM25), what was said around them, and meaning (vectors), brought together so that each can be shown.

A question is often answered by the memory after the one that shares its words. So a memory's words are counted
together with those of its neighbours in time, weighted by distance, and saturate a second time, as BM25F does with
fields (Robertson, Zaragoza and Taylor 2004): two neighbours that say the same do not count twice.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]

CANDIDATES = 200
"""How many matches of each kind are looked at before they are brought together."""

MAX_TERMS = 32
MEANING_WEIGHT = 0.3
"""The part of a score that meaning has, where there are vectors at all."""

UNRELATED = 0.2
"""Cosine below which a text that shares no word is no hit: texts drawn at random score about this."""

BEFORE, AFTER = (0.6, 0.4, 0.2), (0.5, 0.3, 0.1)
"""What a word counts in the first, second, third memory before or after: an answer follows its question."""

TELLING_AROUND = 1.2
"""The least idf of a word that counts from a neighbour: the name of a speaker tells of the speaker's own lines."""

SATURATION = 1.5
"""k1 of the second saturation."""

WORD = re.compile(r"\w+")
STOP_WORDS = frozenset(
    """a about after am an and any are as at be been before between but by can could d did didn do does doesn don
    during for from had has have he her him his how i if in into is isn it its ll m me my no not of on or our out over
    re s she should so some t than that the their them then there these they this to up us ve was we were what when
    where which while who whom whose why will with would you your""".split()  # noqa: SIM905 (read as prose)
)


@dataclass(frozen=True)
class Ranked:
    """A row of the vault with its score and the parts of it, all between 0 and 1.

    `around` is that part of `words` which its neighbours lent.
    """

    row: int
    score: float
    words: float
    around: float
    meaning: float


@dataclass(frozen=True)
class Occurrences:
    """How much of which word is in which row: `amounts` has a line a row of `rows` and a column a word of `idf`."""

    rows: tuple[int, ...]
    idf: Scores
    amounts: Scores


def telling_words(query: str) -> list[str]:
    """The words of `query` to search by, each once. Stop words count only where there is nothing else."""
    words = list(dict.fromkeys(word.casefold() for word in WORD.findall(query)))
    telling = [word for word in words if word not in STOP_WORDS] or words
    return telling[:MAX_TERMS]


def lexical(found: Occurrences, before: Mapping[int, int]) -> dict[int, tuple[float, float]]:
    """The score by words of each row: with its neighbours, and by itself. `before` says what stands before what."""
    place = {row: position for position, row in enumerate(found.rows)}
    steps = [(place[row], place[previous]) for row, previous in before.items()]
    carried = np.vstack([found.amounts, np.zeros(len(found.idf))]) * (found.idf > TELLING_AROUND)
    together = found.amounts + _from(carried, steps, BEFORE) + _from(carried, [step[::-1] for step in steps], AFTER)
    both = zip(_saturated(together, found.idf), _saturated(found.amounts, found.idf), strict=True)
    return dict(zip(found.rows, both, strict=True))


def fuse(bm25: Mapping[int, tuple[float, float]], cosine: Mapping[int, float]) -> list[Ranked]:
    """Best first. `bm25` is that of `lexical`; `cosine` lies between -1 and 1."""
    best = max((whole for whole, _ in bm25.values()), default=0.0) or 1.0
    weight = MEANING_WEIGHT if cosine else 0.0
    ranked = (
        _ranked(row, bm25.get(row, (0.0, 0.0)), best, cosine.get(row, 0.0), weight)
        for row in bm25.keys() | cosine.keys()
    )
    # The newer row first among equals, so that the order never depends on chance.
    return sorted((one for one in ranked if one.score > 0), key=lambda one: (-one.score, -one.row))


def _from(carried: Scores, steps: Sequence[tuple[int, int]], weights: Sequence[float]) -> Scores:
    """What each row gets from those in one direction; whoever has no neighbour points at the zeros behind the last."""
    last = len(carried) - 1
    step = np.full(last + 1, last)
    if steps:
        here, there = np.array(steps).T
        step[here] = there
    near, total = step, np.zeros_like(carried)
    for weight in weights:
        total += weight * carried[near]
        near = step[near]
    return total[:last]


def _saturated(amounts: Scores, idf: Scores) -> list[float]:
    scores: list[float] = (amounts * (1 + SATURATION) / (amounts + SATURATION) @ idf).tolist()
    return scores


def _ranked(row: int, bm25: tuple[float, float], best: float, cosine: float, weight: float) -> Ranked:
    whole, alone = bm25
    words, meaning = whole / best, max(0.0, cosine)
    is_hit = words > 0 or cosine >= UNRELATED
    score = (1 - weight) * words + weight * meaning if is_hit else 0.0
    return Ranked(row, score, words, (whole - alone) / best, meaning)
