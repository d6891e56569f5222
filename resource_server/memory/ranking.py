"""Ranking: matches by words (BM25) and by meaning (vectors), brought together so that each part can be shown."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

CANDIDATES = 200
"""How many matches of each kind are looked at before they are brought together."""

MAX_TERMS = 32
MEANING_WEIGHT = 0.5
"""The part of a score that meaning has, where there are vectors at all."""

FLOOR = 0.2
"""Cosine below which two texts have nothing to do with each other: texts drawn at random score about this."""

WORD = re.compile(r"\w+")
STOP_WORDS = frozenset(
    """a about am an and any are as at be been but by can could did do does for from had has have he her him his how i
    if in is it its me my of on or our she should so some than that the their them then there these they this to us
    was we were what when where which who whom whose why will with would you your""".split()  # noqa: SIM905 (read as prose)
)


@dataclass(frozen=True)
class Ranked:
    """A row of the vault with its score and the two parts of it, all between 0 and 1."""

    row: int
    score: float
    words: float
    meaning: float


def telling_words(query: str) -> list[str]:
    """The words of `query` to search by, each once. Stop words count only where there is nothing else."""
    words = list(dict.fromkeys(word.casefold() for word in WORD.findall(query)))
    telling = [word for word in words if word not in STOP_WORDS] or words
    return telling[:MAX_TERMS]


def fuse(bm25: Mapping[int, float], cosine: Mapping[int, float]) -> list[Ranked]:
    """Best first. `bm25` is above 0, larger is better; `cosine` lies between -1 and 1."""
    best = max(bm25.values(), default=0.0)
    words = {row: value / best if best else 0.0 for row, value in bm25.items()}
    meaning = {row: max(0.0, (value - FLOOR) / (1 - FLOOR)) for row, value in cosine.items()}
    weight = MEANING_WEIGHT if cosine else 0.0
    ranked = (_ranked(row, words.get(row, 0.0), meaning.get(row, 0.0), weight) for row in words.keys() | meaning.keys())
    # The newer row first among equals, so that the order never depends on chance.
    return sorted((one for one in ranked if one.score > 0), key=lambda one: (-one.score, -one.row))


def _ranked(row: int, words: float, meaning: float, weight: float) -> Ranked:
    return Ranked(row, (1 - weight) * words + weight * meaning, words, meaning)
