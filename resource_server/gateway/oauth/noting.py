"""What stands in the way of one request, told by who sends it to who waits for it: the SDK tells a status to nobody.

The SDK sends each request in the context of who asked for it, so a note of the context is a note of that request.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

import anyio
from mcp import MCPError


@dataclass
class Note:
    """`problem` is what the waiting should end with; `scope` is cancelled where no answer would come otherwise."""

    problem: Exception | None = None
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    is_cancelling: bool = False


NOTE: ContextVar[Note | None] = ContextVar("note", default=None)


@contextmanager
def noting(*, is_cancelling: bool = False) -> Iterator[Note]:
    """Requests within are noted here."""
    note = Note(is_cancelling=is_cancelling)
    token = NOTE.set(note)
    try:
        yield note
    finally:
        NOTE.reset(token)


@contextmanager
def ending_as_noted(*, is_cancelling: bool = False) -> Iterator[None]:
    """What fails within, ends with what was noted of it."""
    with noting(is_cancelling=is_cancelling) as note:
        try:
            with note.scope:
                yield
        except MCPError as error:
            if note.problem is None:
                raise
            raise note.problem from error
    if note.scope.cancelled_caught and note.problem is not None:
        raise note.problem


def note_problem(problem: Exception) -> None:
    """Whoever waits for the request of this context ends with it."""
    note = NOTE.get()
    if note is not None:
        note.problem = problem
        if note.is_cancelling:
            note.scope.cancel()
