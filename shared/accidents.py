"""What went wrong by our own mistake, as the log may have it: where, never with what, which may quote a person."""

import traceback
from collections.abc import Mapping

from structlog.typing import FilteringBoundLogger

from shared.ids import new_id

MOST_FRAMES = 6


def note_accident(log: FilteringBoundLogger, event: str, error: BaseException, **facts: str) -> str:
    """A line with the error's kind, the innermost frames and `facts`; gives the reference by which it is found."""
    reference = new_id("ref")
    log.error(event, reference=reference, **described(error), **facts)
    return reference


def described(error: BaseException) -> Mapping[str, object]:
    """Its kind and where it was raised. Of a group, the first one counts."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    frames = [f"{frame.f_code.co_filename}:{line}" for frame, line in traceback.walk_tb(error.__traceback__)]
    return {"error": type(error).__name__, "frames": frames[-MOST_FRAMES:]}
