"""What a memory's standing makes of its score: factors that move it a little, whatever was asked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import log1p, tanh
from types import MappingProxyType

from resource_server.memory.records import Memory

ASKING = 0.8
"""A memory that ends with a question asks for what others tell."""

QUESTION = re.compile(r"\?[\"'”»)]*\s*(\[[^\]]*\]\s*)?\Z")
"""A remark in brackets may stand behind it."""

LOOKED_AT = 500
"""So much of a text's end tells whether it asks: brackets that are never closed make this slow by the square."""

SUPERSEDED = 0.5
IMPORTANCE = 0.15
"""How far apart the least and the most important memory lie; so for the others."""

TRUST = 0.35
RECENCY = 0.05
RECENCY_HALF_LIFE = timedelta(days=180)
USE = 0.03
USE_HALF_LIFE = timedelta(days=30)
OFTEN = 20
"""Uses beyond which one more makes no difference."""

FEEDBACK = 0.2


@dataclass(frozen=True)
class Use:
    """How often a memory was part of an answer, when last, and what was said of its usefulness: 0 without a word."""

    times: int = 0
    last: datetime | None = None
    useful: float = 0.0


def factors_of(memory: Memory, use: Use, at: datetime) -> Mapping[str, float]:
    """Each factor by name, at most 1: the product is what is left of a score."""
    recent = _half(at - memory.happened_at, RECENCY_HALF_LIFE)
    often = 0.0 if use.last is None else min(1.0, log1p(use.times) / log1p(OFTEN)) * _half(at - use.last, USE_HALF_LIFE)
    return MappingProxyType(
        {
            "asking": ASKING if QUESTION.search(memory.text[-LOOKED_AT:]) else 1.0,
            "superseded": SUPERSEDED if memory.superseded_by else 1.0,
            "importance": _within(IMPORTANCE, memory.importance),
            "trust": _within(TRUST, memory.trust),
            "recency": _within(RECENCY, recent),
            "use": _within(USE, often),
            "feedback": _within(FEEDBACK, (1 + tanh(use.useful)) / 2),
        }
    )


def _within(span: float, value: float) -> float:
    return 1 - span * (1 - min(1.0, max(0.0, value)))


def _half(age: timedelta, life: timedelta) -> float:
    """By whole days, so that asking again changes nothing; 1 for today and for what is still to come."""
    return float(2.0 ** (-max(0, age.days) / life.days))
