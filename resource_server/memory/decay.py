"""How present a memory still is: a factor for ranking, of age, importance and use. Nothing is ever deleted by it.

The curve is Ebbinghaus', e to the power of minus time over strength, as MemoryBank uses it for agents (arXiv
2305.10250): strength grows with importance and with each time a memory was of use.
"""

from datetime import datetime, timedelta
from math import exp, log1p

LEAST = 0.3
"""What the least present memory keeps: the past stays findable."""

BASE = timedelta(days=60)
IMPORTANT = 4.0
"""How many times longer a memory of importance 1 stays present than one of importance 0."""


def presence(last: datetime, at: datetime, importance: float, uses: int) -> float:
    """Between LEAST and 1. `last` is when the memory was written or last of use, `uses` how often it was."""
    strength = BASE * (1 + (IMPORTANT - 1) * importance) * (1 + log1p(uses))
    age = max(timedelta(0), at - last)
    return LEAST + (1 - LEAST) * exp(-(age / strength))
