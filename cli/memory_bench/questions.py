"""What a bench asks, and how far answers meet it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

RANKS = (1, 5, 10, 20)


@dataclass(frozen=True)
class Question:
    """One search: its text and further arguments, and the names of the memories that answer it."""

    text: str
    expected: frozenset[str]
    group: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """What came back: the names of the memories found, best first, and how long it took."""

    question: Question
    found: tuple[str, ...]
    milliseconds: float

    def recall_at(self, rank: int) -> float:
        """The share of what was expected among the first `rank`; nothing counts twice."""
        return len(self.question.expected & set(self.found[:rank])) / len(self.question.expected)

    @property
    def reciprocal_rank(self) -> float:
        """One divided by the place of the first that was expected."""
        places = (place for place, name in enumerate(self.found, 1) if name in self.question.expected)
        return next((1 / place for place in places), 0.0)


def figures_of(asked: Collection[Asked]) -> dict[str, float | int]:
    """Means over questions, rounded: `recall_at_1` to `recall_at_20`, `mrr`, and how many were asked."""
    figures = {f"recall_at_{rank}": _mean([one.recall_at(rank) for one in asked]) for rank in RANKS}
    return {**figures, "mrr": _mean([one.reciprocal_rank for one in asked]), "questions": len(asked)}


def latencies_of(asked: Collection[Asked]) -> dict[str, float]:
    """Milliseconds a question took, half of them and nineteen in twenty."""
    taken = sorted(one.milliseconds for one in asked)
    return {"p50": _at(taken, 0.5), "p95": _at(taken, 0.95), "max": _at(taken, 1.0)}


def _mean(values: Sequence[float]) -> float:
    return round(sum(values) / len(values), 4) if values else 0.0


def _at(ordered: Sequence[float], share: float) -> float:
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 2) if ordered else 0.0
