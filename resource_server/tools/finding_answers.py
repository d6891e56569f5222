"""What a search answers: memories with why they were found."""

from pydantic import Field

from resource_server.memory.records import Hit
from resource_server.tools.memory_answers import NOTICE, Answer, MemoryAnswer, quoted


class Explanation(Answer):
    """How a score came about: words and meaning make it, factors lower it."""

    own_words: float = Field(description="The part of words that this memory's own words have.")
    neighbours: float = Field(description="The part that those said just before and after it lent.")
    factors: dict[str, float] = Field(description="What the score was multiplied by, by name; 1 changes nothing.")


class FoundMemory(MemoryAnswer):
    """One memory and why it was found."""

    score: float = Field(description="0 to 1: how well it fits, lowered by its standing.")
    words: float = Field(description="How well the words match, 1 for the best match.")
    meaning: float = Field(description="How near the meaning is.")
    alike: tuple[str, ...] = Field(default=(), description="Ids of memories that say the same, left out for this one.")
    explanation: Explanation | None = Field(default=None, description="The parts of the score, where asked for.")


class Found(Answer):
    """Search results, best first."""

    notice: str = NOTICE
    results: tuple[FoundMemory, ...]
    left_out: tuple[str, ...] = Field(
        default=(), description="Ids of further results that max_tokens left no room for."
    )


def found(hit: Hit) -> FoundMemory:
    """A hit as an answer shows it."""
    scores = {"score": hit.score, "words": hit.words, "meaning": hit.meaning}
    rounded = {name: round(value, 4) for name, value in scores.items()}
    return FoundMemory(**_as_quoted(hit), **rounded, alike=hit.alike)


def explained(hit: Hit) -> FoundMemory:
    """The same with each part of its score."""
    factors = {name: round(value, 4) for name, value in hit.factors.items()}
    own, lent = round(hit.words - hit.around, 4), round(hit.around, 4)
    return found(hit).model_copy(update={"explanation": Explanation(own_words=own, neighbours=lent, factors=factors)})


def _as_quoted(hit: Hit) -> dict[str, object]:
    answer = quoted(hit.memory)
    return {name: getattr(answer, name) for name in MemoryAnswer.model_fields}
