"""What a bench found, as JSON and as lines to read."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from cli.memory_bench.questions import RANKS, Asked, figures_of, latencies_of

NARROWEST = 14


def report_of(
    asked: Sequence[Asked], memories: int, embedder: str | int, scored: Collection[str] | None = None
) -> dict[str, Any]:
    """The figures of all, or of the `scored` categories, at the top, then each category's own, then what they are of.

    With one category alone there are no others' to tell.
    """
    groups = sorted({one.question.group for one in asked})
    own = {group: figures_of([one for one in asked if one.question.group == group]) for group in groups}
    return {
        **figures_of([one for one in asked if scored is None or one.question.group in scored]),
        "categories": own if scored is not None or len(own) > 1 else {},
        "milliseconds": latencies_of(asked),
        "memories": memories,
        "embedder": embedder,
    }


def lines_of(report: Mapping[str, Any]) -> Iterator[str]:
    """A table: a line a category, then how long a question took."""
    width = max([NARROWEST, *(len(group) + 1 for group in report["categories"])])
    yield f"{'':<{width}}" + "".join(f"{f'at {rank}':>8}" for rank in RANKS) + f"{'MRR':>8}{'asked':>8}"
    yield _line("all scored", width, report)
    yield from (_line(group, width, figures) for group, figures in report["categories"].items())
    taken = report["milliseconds"]
    yield f"{report['memories']} memories, embedder {report['embedder']}; a question took {taken['p50']} ms, " + (
        f"one in twenty more than {taken['p95']} ms, none more than {taken['max']} ms"
    )


def _line(name: str, width: int, figures: Mapping[str, Any]) -> str:
    recalls = "".join(f"{figures[f'recall_at_{rank}']:>8.3f}" for rank in RANKS)
    return f"{name:<{width}}{recalls}{figures['mrr']:>8.3f}{figures['questions']:>8}"
