"""docs/reference/personas.md, written from what the personas got through: a row a persona, a column a flow."""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from tests.clients.seen import Flow

NOTE = "<!-- Written by `make clients` from what its tests played; edit nothing here. -->"

INTRO = """\
Hosted apps cannot be run here, and of installed ones only a part can. So their backends are played: each persona is our
own imitation, request by request, made from published documents, reports and logs, which its test file names with their
dates. The person's part happens once for each persona in a real Chromium, up to the place where the app has its person
back, and else at the same forms without a screen.

*played* means that the imitation got through, which shows that such requests are answered as the app is known to need.
It does not show that the app itself connects: an app may have changed since, or do what nobody has written down.
[Clients that were run](clients.md) are on a page of their own.
"""

Row = tuple[str, str, str]


class Scene(NamedTuple):
    """One persona in one passed test."""

    persona: str
    protocol: str
    identity: str
    flows: tuple[str, ...]
    test: str


def personas_page(scenes: Iterable[Scene]) -> str:
    """The whole page."""
    passed: dict[Row, set[str]] = defaultdict(set)
    tests: dict[str, set[str]] = defaultdict(set)
    for scene in scenes:
        passed[scene[:3]].update(scene.flows)
        tests[scene.persona].add(scene.test)
    figures = f"{len(tests)} personas, {len(passed)} ways to connect."
    parts = ["# Clients played, not run", NOTE, INTRO, figures, table(passed), "## The tests", proofs(tests)]
    return "\n\n".join(part.rstrip() for part in parts) + "\n"


def table(passed: dict[Row, set[str]]) -> str:
    """A row for each persona, protocol and identity."""
    shown = [flow for flow in Flow if any(flow.value in flows for flows in passed.values())]
    head = ["Persona of", "Protocol", "Known by", *(flow.value.capitalize() for flow in shown)]
    rows = [
        [*row, *("played" if flow.value in flows else "" for flow in shown)]
        for row, flows in sorted(passed.items(), key=lambda item: (item[0][0].lower(), item[0][2], item[0][1]))
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in [head, ["---"] * len(head), *rows])


def proofs(tests: dict[str, set[str]]) -> str:
    """The tests behind each persona's rows."""
    lines = []
    for persona in sorted(tests, key=str.lower):
        lines += [f"- {persona}:", *(f"  `{test}`" for test in sorted(tests[persona]))]
    return "\n".join(lines)
