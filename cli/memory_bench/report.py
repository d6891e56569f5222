"""What a bench found, as JSON and as lines to read."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cli.memory_bench.bench_vault import BenchVault
from cli.memory_bench.locomo import SCORED
from cli.memory_bench.questions import RANKS, Asked, figures_of, latencies_of


def conversations_report(vault: BenchVault, memories: int, asked: Sequence[Asked]) -> dict[str, Any]:
    """The figures of the scored categories at the top, then each category's own, then what was measured on."""
    groups = sorted({one.question.group for one in asked})
    return {
        **figures_of([one for one in asked if one.question.group in SCORED]),
        "categories": {group: figures_of([one for one in asked if one.question.group == group]) for group in groups},
        "milliseconds": latencies_of(asked),
        "memories": memories,
        "embedder": vault.stores.facts()["embedder"],
    }


def lines_of(report: Mapping[str, Any]) -> Iterator[str]:
    """A table: a line a category, then how long a question took."""
    yield f"{'':<14}" + "".join(f"{f'at {rank}':>8}" for rank in RANKS) + f"{'MRR':>8}{'asked':>8}"
    yield _line("all scored", report)
    yield from (_line(group, figures) for group, figures in report["categories"].items())
    taken = report["milliseconds"]
    yield f"{report['memories']} memories, embedder {report['embedder']}; a question took {taken['p50']} ms, " + (
        f"one in twenty more than {taken['p95']} ms, none more than {taken['max']} ms"
    )


def _line(name: str, figures: Mapping[str, Any]) -> str:
    recalls = "".join(f"{figures[f'recall_at_{rank}']:>8.3f}" for rank in RANKS)
    return f"{name:<14}{recalls}{figures['mrr']:>8.3f}{figures['questions']:>8}"
