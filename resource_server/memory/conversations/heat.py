"""Heat of a segment: how much it is visited, how much was said in it, how lately (MemoryOS, §3.3)."""

from datetime import datetime, timedelta
from math import exp

VISIT_WEIGHT = 1.0
INTERACTION_WEIGHT = 1.0
RECENCY_WEIGHT = 1.0
FADES_IN = timedelta(hours=24)
"""After so long without a visit, recency is down to 1/e."""

HOT = 5.0
"""From here on a segment's statements about the person go into the profile."""


def heat(visits: int, interactions: int, visited_at: datetime, at: datetime) -> float:
    """`visits`: how often retrieval led here. `interactions`: pages since the last promotion."""
    away = max(at - visited_at, timedelta(0))
    return VISIT_WEIGHT * visits + INTERACTION_WEIGHT * interactions + RECENCY_WEIGHT * exp(-(away / FADES_IN))
