"""What a topic looked at, and the score that makes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Check:
    """One question and how well it was answered, 0 to 1; `part` gathers some of a topic."""

    part: str
    said: str
    score: float


def topic_of(checks: Sequence[Check]) -> dict[str, Any]:
    """The score of a topic, that of each part, and the questions that were not answered wholly."""
    parts = dict.fromkeys(check.part for check in checks)
    return {
        **_figures(checks),
        "parts": {part: _figures([check for check in checks if check.part == part]) for part in parts},
        "lost": [f"{check.part}: {check.said}" for check in checks if check.score < 1],
    }


def _figures(checks: Iterable[Check]) -> dict[str, float | int]:
    scores = [check.score for check in checks]
    return {"score": round(sum(scores) / len(scores), 4) if scores else 0.0, "questions": len(scores)}
