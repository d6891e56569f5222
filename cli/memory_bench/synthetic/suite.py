"""The topics of the suite, one after the other, each for a person of its own; what they score, and as a table."""

from collections.abc import Iterator, Mapping
from time import perf_counter
from typing import Any

from cli.memory_bench.bench_vault import BenchVault
from cli.memory_bench.synthetic import deletion, filters, isolation, languages, past, poisoning, updates
from cli.memory_bench.synthetic.checks import topic_of
from cli.memory_bench.synthetic.words import SEED

TOPICS = {
    "updates": updates.checks,
    "deletion": deletion.checks,
    "isolation": isolation.checks,
    "the past": past.checks,
    "languages": languages.checks,
    "filters": filters.checks,
    "poisoning": poisoning.checks,
}
WIDTH = 34


def scores_of(vault: BenchVault) -> dict[str, Any]:
    """Each topic with its score, 0 to 1, its parts, and what was not answered wholly."""
    begin = perf_counter()
    topics = {name: topic_of(list(checks(vault.of_somebody_else()))) for name, checks in TOPICS.items()}
    taken = round(perf_counter() - begin, 1)
    return {"topics": topics, "seed": SEED, "embedder": vault.embedder, "seconds": taken}


def lines_of(scores: Mapping[str, Any]) -> Iterator[str]:
    """A line a topic, and below it one a part."""
    yield f"{'':<{WIDTH}}{'score':>8}{'asked':>8}"
    for name, topic in scores["topics"].items():
        yield _line(name, topic)
        yield from (_line(f"  {part}", figures) for part, figures in topic["parts"].items())
    yield f"embedder {scores['embedder']}, seed {scores['seed']}, {scores['seconds']} s; --json tells what was lost"


def _line(name: str, figures: Mapping[str, Any]) -> str:
    return f"{name:<{WIDTH}}{figures['score']:>8.3f}{figures['questions']:>8}"
