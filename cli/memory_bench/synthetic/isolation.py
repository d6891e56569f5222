"""Isolation: another person's memories, and namespaces out of reach, show in no answer, whoever names them."""

from collections.abc import Iterator

from cli.memory_bench.bench_vault import BenchVault, ToolRefusedError
from cli.memory_bench.synthetic.checks import Check
from cli.memory_bench.synthetic.looking import Trace, looks, past_looks, shows
from cli.memory_bench.synthetic.words import coined, everyday

SECRETS = (
    ("The doctor prescribed {word} for the heart.", "What did the doctor prescribe?"),
    ("The savings lie with the bank {word}.", "Which bank has the savings?"),
    ("The surprise party for Ruben is at {word}.", "Where is the surprise party?"),
)
OPEN, CLOSED = "work", "health"
WRITES = ("memory_delete", "memory_update", "memory_feedback")


def checks(vault: BenchVault) -> Iterator[Check]:
    """One a secret and a look that shows it to who may read it."""
    words = coined("isolation")
    for text, query in SECRETS:
        yield from _between_people(vault, _kept(vault, text, query, next(words)))
    for text, query in SECRETS:
        yield from _between_namespaces(vault, _kept(vault, text, query, next(words)))


def _kept(vault: BenchVault, text: str, query: str, word: str) -> Trace:
    """A secret in a namespace of its own, with a name, a label, a link, a trait and an exchange that tell of it."""
    told = text.format(word=word)
    saved = vault.call("memory_store", text=told, namespace=CLOSED, key=f"about {word}", tags=[word], entities=[word])
    vault.call("graph_link", source=saved["id"], relation="concerns", target=f"House {word}", namespace=CLOSED)
    vault.call("memory_store", text=f"Trusts {word}.", namespace=CLOSED, kind="trait")
    vault.call("add_memory", user_input=f"My favourite word is {word}.", namespace=CLOSED, conversation="talk")
    vault.call("document_add", title=f"Paper on {word}", content=f"All about {word}.", namespace=CLOSED)
    return Trace(word, query, saved["id"], saved["key"])


def _between_people(vault: BenchVault, secret: Trace) -> Iterator[Check]:
    other = vault.of_somebody_else()
    other.fill(everyday("somebody else", 5, CLOSED))
    yield from _hidden("another person", vault, other, secret)


def _between_namespaces(vault: BenchVault, secret: Trace) -> Iterator[Check]:
    vault.fill(everyday(f"work {secret.word}", 5, OPEN))
    yield from _hidden("another namespace", vault, vault.within(OPEN), secret)
    refused = _is_refused(vault.within(OPEN), "memory_search", query=secret.query, namespace=CLOSED)
    yield Check("another namespace", f"memory_search in {CLOSED}", float(refused))


def _hidden(part: str, owner: BenchVault, other: BenchVault, secret: Trace) -> Iterator[Check]:
    for tool, given in (*looks(secret), *past_looks(secret)):
        if shows(owner, tool, given, secret.word):
            yield Check(part, f"{tool} {given}", float(not shows(other, tool, given, secret.word)))
    changes = {"memory_update": {"text": "changed"}, "memory_feedback": {"label": "irrelevant"}}
    for tool in WRITES:
        refused = _is_refused(other, tool, id=secret.id, **changes.get(tool, {}))
        yield Check(
            part, f"{tool} {secret.id}", float(refused and shows(owner, "fetch", {"id": secret.id}, secret.word))
        )


def _is_refused(vault: BenchVault, tool: str, **arguments: object) -> bool:
    try:
        vault.call(tool, **arguments)
    except ToolRefusedError:
        return True
    return False
