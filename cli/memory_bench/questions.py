"""What a bench asks, and how far answers meet it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

RANKS = (1, 5, 10, 20)
Hit = Mapping[str, Any]
"""One result, as `memory_search` answers it."""


class Expected(Protocol):
    """A memory that answers a question, by what tells it from others."""

    def is_met_by(self, hit: Hit) -> bool:
        """Whether this is the memory."""
        ...


@dataclass(frozen=True)
class Labelled:
    """A memory by an entry of its metadata."""

    name: str
    value: str

    def is_met_by(self, hit: Hit) -> bool:
        """Whether this is the memory."""
        return bool(hit["metadata"].get(self.name) == self.value)


@dataclass(frozen=True)
class Question:
    """One search: its text and further arguments, and the memories that answer it, each once."""

    text: str
    expected: tuple[Expected, ...]
    group: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """What came back, best first, and how long it took."""

    question: Question
    found: tuple[Hit, ...]
    milliseconds: float

    def place_of(self, expected: Expected) -> int | None:
        """Where it was found, 1 for the best place."""
        return next((place for place, hit in enumerate(self.found, 1) if expected.is_met_by(hit)), None)

    def recall_at(self, rank: int) -> float:
        """The share of what was expected among the first `rank`; nothing counts twice."""
        return sum(place <= rank for place in self._places) / len(self.question.expected)

    @property
    def reciprocal_rank(self) -> float:
        """One divided by the place of the first that was expected."""
        return 1 / min(self._places) if self._places else 0.0

    @property
    def _places(self) -> list[int]:
        places = map(self.place_of, self.question.expected)
        return [place for place in places if place is not None]


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
