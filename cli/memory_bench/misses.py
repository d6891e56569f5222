"""Questions of a person's own that were not answered near enough to the top, and what stood there instead."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cli.memory_bench.bench_vault import MOST
from cli.memory_bench.golden import Expectation
from cli.memory_bench.questions import Asked
from cli.memory_printing import printable

NEAR = 5
"""So many results an app gets unless it asks for more."""

SHORT = 100


def misses_of(asked: Sequence[Asked]) -> list[dict[str, Any]]:
    """Each question of which something is not among the first NEAR, with where it is, null for nowhere."""
    return [_miss(one) for one in asked if one.recall_at(NEAR) < 1]


def lines_of(misses: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The same to read."""
    if misses:
        yield f"\nNot all among the first {NEAR}:"
    for miss in misses:
        yield printable(f"{miss['question']} ({miss['category']})")
        yield from (f"  expected {_named(one)}" for one in miss["expected"])
        for hit in miss["found"]:
            yield f"  {hit['place']}. {printable(hit['text'])[:SHORT]} ({hit['id']})"
        if not miss["found"]:
            yield "  nothing was found"


def _miss(asked: Asked) -> dict[str, Any]:
    expected = [(one, asked.place_of(one)) for one in asked.question.expected if isinstance(one, Expectation)]
    return {
        "question": asked.question.text,
        "category": asked.question.group,
        "expected": [{**one.as_plain(), "place": place} for one, place in expected],
        "found": [
            {"place": place, **{name: hit[name] for name in ("id", "key", "text", "score")}}
            for place, hit in enumerate(asked.found[:NEAR], 1)
        ],
    }


def _named(expected: Mapping[str, Any]) -> str:
    [name] = expected.keys() - {"place"}
    place = f"number {expected['place']}" if expected["place"] else f"not among the first {MOST}"
    return f"{name} {printable(expected[name])}: {place}"
