"""Parts of one list that lies in several vaults, put together as if it lay in one."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

T = TypeVar("T")
Part = tuple[Sequence[T], str | None]
"""Items, and the cursor that continues them; None where nothing follows."""


def merged(parts: Iterable[Part[T]], cursor_of: Callable[[T], str], limit: int) -> tuple[tuple[T, ...], str | None]:
    """At most `limit` items and the cursor behind them; each part goes down in `cursor_of`, from one same cursor.

    What lies below the highest place at which some part stopped has to wait: that part may have something above it.
    """
    found = tuple(parts)
    ends = [cursor for _, cursor in found if cursor is not None]
    lowest = max(ends, default="")
    items = sorted(
        (item for items, _ in found for item in items if cursor_of(item) >= lowest), key=cursor_of, reverse=True
    )
    shown = tuple(items[:limit])
    return shown, cursor_of(shown[-1]) if len(items) > limit else (lowest or None)
