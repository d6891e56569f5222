"""What a search answers: memories with why they were found."""

from pydantic import Field

from resource_server.memory.records import Hit
from resource_server.tools.memory_answers import NOTICE, Answer, MemoryAnswer, quoted


class FoundMemory(MemoryAnswer):
    """One memory and why it was found."""

    score: float = Field(description="0 to 1: how well it fits, lowered by its standing.")
    words: float = Field(description="How well the words match, 1 for the best match.")
    meaning: float = Field(description="How near the meaning is.")
    alike: tuple[str, ...] = Field(default=(), description="Ids of memories that say the same, left out for this one.")
    explanation: dict[str, float] = Field(
        default={},
        description="Where asked for: own_words and neighbours (who spoke just before and after) make words; every "
        "other name is a factor of the score.",
    )


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
    parts = {"own_words": hit.words - hit.around, "neighbours": hit.around, **hit.factors}
    return found(hit).model_copy(update={"explanation": {name: round(value, 4) for name, value in parts.items()}})


def _as_quoted(hit: Hit) -> dict[str, object]:
    answer = quoted(hit.memory)
    return {name: getattr(answer, name) for name in MemoryAnswer.model_fields}
