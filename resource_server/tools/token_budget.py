"""How much of an answer fits into a budget of tokens, by an estimate that needs no model's tokenizer."""

from collections.abc import Sequence
from typing import TypeVar

from pydantic import BaseModel

BYTES_A_TOKEN = 4
"""About what tokenizers make of English and of JSON; other scripts take more bytes a character, and more tokens too."""

Result = TypeVar("Result", bound=BaseModel)


def tokens_of(result: BaseModel) -> int:
    """The JSON of an answer's part in UTF-8, a token every BYTES_A_TOKEN bytes, rounded up."""
    return -(-len(result.model_dump_json().encode()) // BYTES_A_TOKEN)


def within(budget: int | None, results: Sequence[Result]) -> tuple[Result, ...]:
    """The first of `results` that fit together; a budget of None is none."""
    if budget is None:
        return tuple(results)
    fitting: list[Result] = []
    for result in results:
        budget -= tokens_of(result)
        if budget < 0:
            break
        fitting.append(result)
    return tuple(fitting)
