"""One call, measured."""

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from pydantic_core import to_json

from resource_server.usage.counting import Outcome, UseCounts, UsedTool

INPUT_REQUIRED = "input_required"


async def measured(
    counts: UseCounts, used: UsedTool, arguments: object, call: Callable[[], Awaitable[Mapping[str, Any]]]
) -> Mapping[str, Any]:
    """The result of tools/call as `call` gives it. A round that only asks for input is no call that has ended."""
    begun, size = time.perf_counter(), 0
    outcome: Outcome | None = Outcome.FAILED
    try:
        result = await call()
        outcome, size = outcome_of(result), size_of_result(result)
        return result
    finally:
        if outcome is not None:
            counts.note(used, outcome, time.perf_counter() - begun, size_of(arguments), size)


def outcome_of(result: Mapping[str, Any]) -> Outcome | None:
    """How a call ended that was answered; None where it goes on."""
    if result.get("resultType") == INPUT_REQUIRED:
        return None
    return Outcome.TOOL_ERROR if result.get("isError") else Outcome.ANSWERED


def size_of(arguments: object) -> int:
    """Characters of arguments, as JSON."""
    try:
        return len(to_json(arguments, fallback=str).decode()) if arguments else 0
    except ValueError:  # half a surrogate pair
        return len(str(arguments))


def size_of_result(result: Mapping[str, Any]) -> int:
    """Characters of what a model reads of a result: texts and media, not what repeats them."""
    content = result.get("content")
    return sum(_size_of_block(block) for block in content) if isinstance(content, list) else 0


def _size_of_block(block: object) -> int:
    if not isinstance(block, dict):
        return 0
    embedded = block.get("resource")
    held = embedded if isinstance(embedded, dict) else block
    return sum(len(text) for text in map(held.get, ("text", "data", "blob")) if isinstance(text, str))
