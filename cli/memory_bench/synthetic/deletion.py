"""Deletion: what was deleted is found by no tool, in no form. Each look was seen to find it before."""

from collections.abc import Callable, Iterator
from typing import Any

from cli.memory_bench.bench_vault import BenchVault
from cli.memory_bench.synthetic.checks import Check
from cli.memory_bench.synthetic.looking import Trace, showing, shows
from cli.memory_bench.synthetic.words import coined, everyday
from shared.clock import now

Deletion = Callable[[BenchVault, str, str], tuple[Trace, Callable[[], Any]]]
"""Stores something with a word in it, beside a memory that stays; gives how to find it, and what deletes it."""


def checks(vault: BenchVault) -> Iterator[Check]:
    """One a way to delete and a look that found it before."""
    vault.fill(everyday("deletion", 20))
    for (part, way), word in zip(WAYS.items(), coined("deletion"), strict=False):
        beside = vault.call("memory_store", text=f"The boat of {word.swapcase()[:3]} lies at the pier.")["id"]
        trace, delete = way(vault, word, beside)
        seen = showing(vault, trace)
        delete()
        for tool, given in seen:
            yield Check(part, f"{tool} {given}", float(not shows(vault, tool, given, word)))


def _by_id(vault: BenchVault, word: str, beside: str) -> tuple[Trace, Callable[[], Any]]:
    text = f"The locker of the rowing club opens with {word}."
    saved = vault.call("memory_store", text=text, tags=[word], entities=[word])
    vault.call("graph_link", source=saved["id"], relation="belongs_to", target=beside)
    trace = Trace(word, "What opens the locker of the rowing club?", saved["id"], beside=beside)
    return trace, lambda: vault.call("memory_delete", id=saved["id"])


def _by_key(vault: BenchVault, word: str, _beside: str) -> tuple[Trace, Callable[[], Any]]:
    key = f"code of {word}"
    vault.call("memory_store", text=f"The summer house opens with {word}.", key=key)
    trace = Trace(word, "What opens the summer house?", key=key)
    return trace, lambda: vault.call("memory_delete", key=key)


def _said_by_two(vault: BenchVault, word: str, _beside: str) -> tuple[Trace, Callable[[], Any]]:
    saved = vault.call("memory_store", text=f"The neighbour's cat is called {word}.")
    vault.by("another").call("memory_store", text=f"The neighbour's cat is called {word}!")
    trace = Trace(word, "What is the neighbour's cat called?", saved["id"])
    return trace, lambda: vault.call("memory_delete", id=saved["id"])


def _by_filter(vault: BenchVault, word: str, _beside: str) -> tuple[Trace, Callable[[], Any]]:
    saved = vault.call("memory_store", text=f"The recipe of the plum cake came from {word}.", tags=[word])

    def delete() -> None:
        asked = vault.call("memory_delete_many", tags=[word])
        vault.call("memory_delete_many", tags=[word], confirmation=asked["confirmation"])

    return Trace(word, "Where did the recipe of the plum cake come from?", saved["id"]), delete


def _rolled_back(vault: BenchVault, word: str, _beside: str) -> tuple[Trace, Callable[[], Any]]:
    since = now().isoformat()
    saved = vault.by("guest").call("memory_store", text=f"The meeting room is booked for {word}.")

    def delete() -> None:
        rolled = {"app": "guest", "since": since, "dry_run": False}
        vault.call("memory_rollback", **rolled, confirmation=vault.call("memory_rollback", **rolled)["confirmation"])

    return Trace(word, "For whom is the meeting room booked?", saved["id"]), delete


def _exchange(vault: BenchVault, word: str, _beside: str) -> tuple[Trace, Callable[[], Any]]:
    said = f"I live in {word} and I like the market there."
    kept = vault.call("add_memory", user_input=said, agent_response=f"{word} sounds lovely.", conversation="moving")
    trace = Trace(word, "Where does the person live?", kept["id"])
    return trace, lambda: vault.call("memory_delete", id=kept["id"])


def _settled_trait(vault: BenchVault, word: str, _beside: str) -> tuple[Trace, Callable[[], Any]]:
    """Said often enough to become part of the profile; all of it is deleted."""
    kept = [
        vault.call("add_memory", user_input=f"{begun} I work at {word}.", conversation="work")["id"]
        for begun in ("Hello.", "Well.", "As I said.", "Again.", "Today, too.", "Always.")
    ]

    def delete() -> None:
        for memory_id in kept:
            vault.call("memory_delete", id=memory_id)

    return Trace(word, "Where does the person work?", kept[0]), delete


def _document(vault: BenchVault, word: str, _beside: str) -> tuple[Trace, Callable[[], Any]]:
    kept = vault.call("document_add", title=f"Lease {word}", content=f"# Lease\n\nThe landlord is {word} of Bath.")
    trace = Trace(word, "Who is the landlord in the lease?", kept["id"])
    return trace, lambda: vault.call("document_delete", document_id=kept["id"])


def _replaced(vault: BenchVault, word: str, _beside: str) -> tuple[Trace, Callable[[], Any]]:
    saved = vault.call("memory_store", text=f"The gardener is called {word}.", key="gardener")
    trace = Trace(word, "What is the gardener called?", saved["id"], "gardener")
    return trace, lambda: vault.call("memory_store", text="There is no gardener any more.", key="gardener")


WAYS: dict[str, Deletion] = {
    "by id": _by_id,
    "by key": _by_key,
    "said by two apps": _said_by_two,
    "by filter": _by_filter,
    "rolled back": _rolled_back,
    "an exchange": _exchange,
    "what the profile tells": _settled_trait,
    "a document": _document,
    "replaced under its key": _replaced,
}
