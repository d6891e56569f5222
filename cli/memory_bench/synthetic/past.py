"""The past: at each instant a question is answered by what was known then, and the history tells every step."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from cli.memory_bench.bench_vault import BenchVault
from cli.memory_bench.synthetic.checks import Check
from cli.memory_bench.synthetic.looking import shows
from cli.memory_bench.synthetic.words import coined, everyday
from shared.clock import now

SUBJECTS = ("choir", "garden", "ferry", "workshop")


@dataclass(frozen=True)
class Course:
    """Something that was said twice and then deleted: its words, and instants before, between and after."""

    subject: str
    id: str
    words: tuple[str, str]
    instants: tuple[str, str, str, str]

    def known_at(self, number: int) -> str | None:
        """The word that was known at the instant of this number."""
        return (None, *self.words, None)[number]


def checks(vault: BenchVault) -> Iterator[Check]:
    """One a subject, an instant and a tool; then what the history says."""
    vault.fill(everyday("past", 20))
    words = coined("past")
    courses = [_run(vault, subject, *islice(words, 2)) for subject in SUBJECTS]
    for course in courses:
        yield from _then(vault, course)
        yield from _history(vault, course)
    yield from _profile(vault, *islice(words, 2))
    yield from _links(vault, *islice(words, 3))


def _run(vault: BenchVault, subject: str, first: str, second: str) -> Course:
    instants = [_instant()]
    saved = vault.call("memory_store", text=f"The head of the {subject} is {first}.", key=subject)
    instants.append(_instant())
    vault.call("memory_update", id=saved["id"], text=f"The head of the {subject} is {second}.")
    instants.append(_instant())
    vault.call("memory_delete", id=saved["id"])
    return Course(subject, saved["id"], (first, second), (instants[0], instants[1], instants[2], _instant()))


def _then(vault: BenchVault, course: Course) -> Iterator[Check]:
    query = f"Who is the head of the {course.subject}?"
    asking: dict[str, dict[str, Any]] = {
        "memory_search": {"query": query, "limit": 20},
        "memory_list": {"limit": 50},
        "memory_recall": {"key": course.subject},
    }
    for number, instant in enumerate(course.instants):
        for tool, given in asking.items():
            seen = {word for word in course.words if shows(vault, tool, {**given, "as_of": instant}, word)}
            right = seen == {word for word in course.words if word == course.known_at(number)}
            yield Check("as of then", f"{tool} {given} at instant {number}", float(right))
    counts = [vault.call("memory_stats", as_of=instant)["total"] for instant in course.instants]
    right = [count - counts[0] for count in counts] == [0, 1, 1, 0]
    yield Check("as of then", f"memory_stats of {course.subject}", float(right))


def _history(vault: BenchVault, course: Course) -> Iterator[Check]:
    steps = vault.call("memory_history", id=course.id)["steps"]
    told = [step["event"] for step in steps] == ["deleted", "updated", "stored"]
    yield Check("history", f"memory_history of {course.subject}", float(told))
    for since, until, change in ((0, 1, "added"), (1, 2, "changed"), (2, 3, "removed")):
        between = {"since": course.instants[since], "until": course.instants[until]}
        differences = [one for one in vault.call("memory_diff", **between)["differences"] if one["id"] == course.id]
        right = [one["change"] for one in differences] == [change]
        yield Check("history", f"memory_diff of {course.subject}: {change}", float(right))


def _profile(vault: BenchVault, first: str, second: str) -> Iterator[Check]:
    instants = [_instant()]
    for word in (first, second):
        vault.call("memory_store", text=f"Cooks like {word}.", kind="trait", key="cooking")
        instants.append(_instant())
    for instant, known in zip(instants, (None, first, second), strict=True):
        seen = [word for word in (first, second) if shows(vault, "get_user_profile", {"as_of": instant}, word)]
        yield Check("profile", f"get_user_profile, {known} known", float(seen == ([known] if known else [])))


def _links(vault: BenchVault, person: str, first: str, second: str) -> Iterator[Check]:
    instants = [_instant()]
    for place in (first, second):
        vault.call("graph_link", source=person, relation="lives_in", target=place, replaces=True)
        instants.append(_instant())
    for instant, known in zip(instants, (None, first, second), strict=True):
        given = {"node": person, "as_of": instant}
        seen = [word for word in (first, second) if shows(vault, "graph_query", given, word)]
        yield Check("links", f"graph_query, {known} known", float(seen == ([known] if known else [])))


def _instant() -> str:
    return now().isoformat()
