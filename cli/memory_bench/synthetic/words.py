"""Words that nobody ever said, so that finding one tells where it came from; the same for the same seed."""

import random
from collections.abc import Iterator

from resource_server.memory.records import Draft

SEED = 20240817
ONSETS = ("br", "d", "f", "gl", "k", "l", "m", "pr", "r", "s", "t", "v", "z")
VOWELS = ("a", "e", "i", "o", "u")
PEOPLE = ("Edda", "Ruben", "Thea", "Milo", "Nora", "Jonas", "Lea", "Pavel", "Greta", "Amir", "Selma", "Hugo")
TASKS = ("booked the ferry", "watered the tomatoes", "returned the drill", "cleaned the gutters", "paid the invoice")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
PLACES = ("the harbour", "the old mill", "the library", "the station", "the allotment", "the bakery")


def coined(seed: str) -> Iterator[str]:
    """Words of four syllables, each once."""
    chance = random.Random(f"{SEED} {seed}")  # noqa: S311 (it must come out the same again)
    seen: set[str] = set()
    while True:
        word = "".join(chance.choice(ONSETS) + chance.choice(VOWELS) for _ in range(4)).capitalize()
        if word not in seen:
            seen.add(word)
            yield word


def everyday(seed: str, count: int, namespace: str = "personal") -> list[Draft]:
    """Things of no matter, for the others to be found among."""
    chance = random.Random(f"{SEED} {seed}")  # noqa: S311 (it must come out the same again)
    return [
        Draft(
            namespace,
            f"{chance.choice(PEOPLE)} {chance.choice(TASKS)} near {chance.choice(PLACES)} on {chance.choice(DAYS)}, "
            f"number {number}.",
        )
        for number in range(count)
    ]
