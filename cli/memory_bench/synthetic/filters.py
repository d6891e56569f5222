"""Filters: an answer holds everything that fits and nothing that does not, and the same by every tool that filters."""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any

from cli.memory_bench.bench_vault import BenchVault
from cli.memory_bench.synthetic.checks import Check
from cli.memory_bench.synthetic.words import SEED, coined
from resource_server.memory.records import Draft, Memory

COUNT = 48
BEGIN = datetime(2024, 3, 1, 12, tzinfo=UTC)
NAMESPACES, TAGS, KINDS = ("work", "home"), ("red", "blue"), ("note", "trait")
APPS, CONVERSATIONS = ("alpha", "beta"), ("morning", "evening")
QUERY = "What did the surveyor measure at the quarry?"
Fits = Callable[[Memory], bool]
FILTERS: dict[str, tuple[dict[str, Any], Fits]] = {
    "namespace": ({"namespace": "work"}, lambda one: one.namespace == "work"),
    "tags": ({"tags": ["red"]}, lambda one: "red" in one.tags),
    "every tag": ({"tags": ["red", "blue"]}, lambda one: {"red", "blue"} <= set(one.tags)),
    "kind": ({"kinds": ["trait"]}, lambda one: one.kind == "trait"),
    "app": ({"app": "beta"}, lambda one: one.author.client_name == "beta"),
    "conversation": ({"conversation": "evening"}, lambda one: one.conversation == "evening"),
    "since": ({"since": "2024-03-20"}, lambda one: one.happened_at >= datetime(2024, 3, 20, tzinfo=UTC)),
    "until": ({"until": "2024-03-20"}, lambda one: one.happened_at < datetime(2024, 3, 21, tzinfo=UTC)),
    "instant": (
        {"since": "2024-03-11T12:00:00Z", "until": "2024-03-21T12:00:00Z"},
        lambda one: BEGIN + timedelta(days=10) <= one.happened_at < BEGIN + timedelta(days=20),
    ),
    "time zone": (
        {"since": "2024-03-20", "timezone": "Pacific/Auckland"},
        lambda one: one.happened_at >= datetime(2024, 3, 19, 11, tzinfo=UTC),
    ),
}
PAIRED = ("namespace", "tags", "kind", "app", "conversation", "since")


def checks(vault: BenchVault) -> Iterator[Check]:
    """One a filter, or a pair of them, and a tool."""
    memories = _kept(vault)
    for name, (given, fits) in FILTERS.items():
        yield from _answers(vault, "one filter", name, given, {one.id for one in memories if fits(one)})
    for first, second in combinations(PAIRED, 2):
        given = {**FILTERS[first][0], **FILTERS[second][0]}
        fitting = {one.id for one in memories if FILTERS[first][1](one) and FILTERS[second][1](one)}
        yield from _answers(vault, "two filters", f"{first} and {second}", given, fitting)


def _answers(vault: BenchVault, part: str, name: str, given: dict[str, Any], fitting: set[str]) -> Iterator[Check]:
    for tool in ("memory_search", "memory_list", "memory_recall"):
        more: dict[str, Any] = {} if tool == "memory_list" else {"query": QUERY}
        more |= {"fold_alike": False} if tool == "memory_search" else {}
        answer = vault.call(tool, **given, **more, limit=50)
        found = {one["id"] for one in answer.get("results", answer.get("memories", ()))}
        yield Check(part, f"{tool} by {name}", _overlap(found, fitting, folds=tool == "memory_recall"))


def _overlap(found: set[str], fitting: set[str], *, folds: bool) -> float:
    """The share in common; nothing is where something that does not fit was found. One that folds may show fewer."""
    if found - fitting or not fitting:
        return 0.0
    return float(bool(found)) if folds else len(found) / len(fitting)


def _kept(vault: BenchVault) -> list[Memory]:
    chance, words = random.Random(SEED), coined("filters")  # noqa: S311 (it must come out the same again)
    return [vault.by(chance.choice(APPS)).fill([_draft(number, next(words), chance)])[0] for number in range(COUNT)]


def _draft(number: int, word: str, chance: random.Random) -> Draft:
    return Draft(
        chance.choice(NAMESPACES),
        f"At the quarry the surveyor measured {word}.",
        tags=tuple(tag for tag in TAGS if chance.random() < 0.6),
        kind=chance.choice(KINDS),
        conversation=chance.choice(CONVERSATIONS),
        happened_at=BEGIN + timedelta(days=number % 32),
    )
