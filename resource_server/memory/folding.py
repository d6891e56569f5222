"""Answers that do not repeat themselves: statements of the same are folded into one, and what is much alike waits.

The order among what is left is maximal marginal relevance (Carbonell and Goldstein 1998), with a small penalty.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from resource_server.memory.ranking import WORD
from resource_server.memory.records import Hit

LIKENESS = 0.5
"""The share of words in common from which on one memory makes another less worth showing."""

PENALTY = 0.1
SHORTER_BY = 0.8
"""A text that says nothing beyond another, and at least this much of it, is the same statement."""

FILLING = frozenset("a an and are at i in is it of on or that the this to was were".split())  # noqa: SIM905 (read as prose)
NEGATIONS = frozenset(
    "no not never none nobody nothing neither nor t without aint cannot nicht kein keine nie pas jamais non nunca niet geen".split()  # noqa: E501, SIM905
)


@dataclass
class Statement:
    """A hit as the words it says, in order, and how much it repeats what was chosen before it."""

    hit: Hit
    line: tuple[str, ...]
    words: frozenset[str]
    likeness: float = 0.0

    @property
    def score(self) -> float:
        """What is left of the hit's score."""
        return self.hit.score * (1 - PENALTY * self.likeness)

    def is_said_by(self, other: "Statement") -> bool:
        """Whether `other` says all of it in the same order, and little more, and denies nothing of it."""
        if not SHORTER_BY * len(other.line) <= len(self.line) <= len(other.line):
            return False
        if not self.words <= other.words or (other.words - self.words) & NEGATIONS:
            return False
        rest = iter(other.line)
        return all(word in rest for word in self.line)


def distinct(hits: Sequence[Hit], limit: int) -> list[Hit]:
    """At most `limit` of `hits`, best first, each with those that say the same folded into it."""
    left = [_statement(hit) for hit in hits]
    chosen: list[Hit] = []
    while left and len(chosen) < limit:
        best = max(left, key=lambda one: one.score)
        alike = [one for one in left if one is not best and _compared(one, best) >= LIKENESS and one.is_said_by(best)]
        left = [one for one in left if one is not best and all(one is not same for same in alike)]
        chosen.append(_answer(best, alike))
    return chosen


def _statement(hit: Hit) -> Statement:
    words = (word.casefold() for word in WORD.findall(hit.memory.text))
    line = tuple(word for word in words if word not in FILLING)
    return Statement(hit, line, frozenset(line))


def _compared(one: Statement, best: Statement) -> float:
    """The share of their words that both say; `one` remembers it as long as nothing chosen was more like it."""
    shared = len(one.words & best.words)
    likeness = shared / (len(one.words) + len(best.words) - shared or 1)
    if likeness >= LIKENESS:
        one.likeness = max(one.likeness, likeness)
    return likeness


def _answer(best: Statement, alike: Sequence[Statement]) -> Hit:
    factors = {**best.hit.factors, "repeating": 1 - PENALTY * best.likeness}
    ids = tuple(one.hit.memory.id for one in alike)
    return replace(best.hit, score=best.score, factors=factors, alike=ids)
