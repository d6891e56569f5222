"""docs/reference/clients.md, written from what the tests of tests/clients saw: a row a client, a column a flow."""

from collections import defaultdict
from collections.abc import Iterable

from tests.clients.seen import Flow, Sighting

NOTE = "<!-- Written by `make clients` from what its tests saw; edit nothing here. -->"

INTRO = """\
These programs are other people's. `make clients` runs each of them, unchanged and as installed, against both servers,
with a person who signs in and consents in between, and writes this page from what it saw pass. *yes* means that a
test saw it; an empty cell claims nothing. Hosted apps such as claude.ai cannot be run here;
[we play them](personas.md).
"""

Row = tuple[str, str, str, str]


def clients_page(sightings: Iterable[Sighting]) -> str:
    """The whole page."""
    passed: dict[Row, set[str]] = defaultdict(set)
    tests: dict[str, set[str]] = defaultdict(set)
    for sighting in sightings:
        passed[sighting[:4]].update(sighting.flows)
        tests[sighting.test].add(sighting.client)
    parts = ["# Clients seen to connect", NOTE, INTRO + figures(passed), table(passed), "## The tests", proofs(tests)]
    return "\n\n".join(part.rstrip() for part in parts) + "\n"


def figures(passed: dict[Row, set[str]]) -> str:
    """How many, in a sentence."""
    clients = len({client for client, *_ in passed})
    count = sum(len(flows) for flows in passed.values())
    return f"\n{clients} clients, {len(passed)} ways to connect, {count} flows seen to pass."


def table(passed: dict[Row, set[str]]) -> str:
    """A row for each client, package, protocol and identity."""
    head = ["Client", "Package", "Protocol", "Known by", *(flow.value.capitalize() for flow in Flow)]
    rows = [
        [*row, *("yes" if flow.value in flows else "" for flow in Flow)]
        for row, flows in sorted(passed.items(), key=lambda item: (item[0][0].lower(), *item[0][2:]))
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in [head, ["---"] * len(head), *rows])


def proofs(tests: dict[str, set[str]]) -> str:
    """Each test, and the clients it saw."""
    return "\n".join(
        f"- `{test}`: {', '.join(sorted(clients, key=str.lower))}" for test, clients in sorted(tests.items())
    )
