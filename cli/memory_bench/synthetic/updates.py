"""Updates and contradictions: what was said last comes first, what it replaced is found below it."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice

from cli.memory_bench.bench_vault import MOST, BenchVault
from cli.memory_bench.synthetic.checks import Check
from cli.memory_bench.synthetic.words import PEOPLE, coined, everyday
from resource_server.memory.records import Draft
from shared.clock import now

ATTRIBUTES = (
    ("{who} lives in {old}.", "{who} lives in {new}.", "Where does {who} live?"),
    ("{who} works at {old}.", "{who} now works at {new}.", "Where does {who} work?"),
    ("{who}'s dentist is {old}.", "{who}'s new dentist is {new}.", "Who is the dentist of {who}?"),
    ("The deadline for {who} is {old}.", "The deadline for {who} is now {new}.", "What is the deadline for {who}?"),
)
OTHERWISE = (
    ("We buy the tea of {who} from {old}.", "The tea of {who} we buy from {new} these days.", "tea of {who}"),
    ("{who} is allergic to {old}.", "It turned out {who} is allergic to {new} instead.", "What is {who} allergic to?"),
    ("{who} plays the violin on a {old}.", "{who} sold the violin and plays a {new}.", "What does {who} play?"),
    ("The code of the door of {who} is {old}.", "The door of {who} has got the code {new}.", "door of {who}"),
)
DENIED = ("{who} eats {old}.", "{who} does not eat {old}.", "Does {who} eat {old}?")
BETWEEN = timedelta(days=300)
"""So much older is what was said in other words; where rules tell, age does not matter."""

KEYED = ("The password of {who} is {old}.", "The password of {who} is {new}.", "What is the password of {who}?")


def checks(vault: BenchVault) -> Iterator[Check]:
    """Two a pair of statements: whether the newer comes first, whether the older is still to be seen."""
    vault.fill(everyday("updates", 40))
    names, words = iter(PEOPLE), coined("updates")
    for part, forms in (("one value at a time", ATTRIBUTES), ("in other words", OTHERWISE), ("denied", (DENIED,) * 2)):
        for form in forms:
            age = BETWEEN if form in OTHERWISE else None
            yield from _pair(vault, part, _filled(form, next(names), *islice(words, 2)), age)
    for who in islice(names, 2):
        yield from _keyed(vault, who, _filled(KEYED, who, *islice(words, 2)))


def _pair(vault: BenchVault, part: str, texts: tuple[str, str, str], age: timedelta | None) -> Iterator[Check]:
    older, newer, question = texts
    [first] = vault.fill([Draft("personal", older, happened_at=now() - age if age else None)])
    [second] = vault.fill([Draft("personal", newer)])
    found = [hit["id"] for hit in vault.call("memory_search", query=question, limit=MOST, fold_alike=False)["results"]]
    yield Check(part, f"{question} The newer first", float(_before(found, second.id, first.id)))
    yield Check(part, f"{question} The older as well", float(first.id in found))


def _keyed(vault: BenchVault, who: str, texts: tuple[str, str, str]) -> Iterator[Check]:
    older, newer, question = texts
    for text in (older, newer):
        vault.call("memory_store", text=text, key=f"password of {who}")
    [found] = vault.call("memory_recall", key=f"password of {who}")["memories"]
    yield Check("by key", f"{question} The newer alone", float(found["text"] == newer))
    steps = vault.call("memory_history", key=f"password of {who}")["steps"]
    told = [one["text"] for one in steps] == [newer, older]
    yield Check("by key", f"{question} The older in the history", float(told))


def _before(found: list[str], wanted: str, other: str) -> bool:
    return wanted in found and (other not in found or found.index(wanted) < found.index(other))


def _filled(form: tuple[str, str, str], who: str, old: str, new: str) -> tuple[str, str, str]:
    first, second, question = (text.format(who=who, old=old, new=new) for text in form)
    return first, second, question
