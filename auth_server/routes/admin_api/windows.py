"""Which part of a list the query asks for, as the domain functions take it, and the answer made of it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from pydantic import BaseModel

from auth_server.administration.listed import Position, UnusableCursorError, Window
from auth_server.routes.admin_api.wire import Listed, Paging, listed, unusable


class Dated(Protocol):
    """A row of a list that is read newest first."""

    @property
    def created_at(self) -> datetime:
        """When it was made."""


Row = TypeVar("Row", bound=Dated)
Item = TypeVar("Item", bound=BaseModel)


def window(paging: Paging) -> Window:
    """One row more than asked for, which says whether there are more. Raises ApiProblemError 422."""
    try:
        after = Position.parse(paging.after) if paging.after else None
    except UnusableCursorError:
        raise unusable("after is not the value of next of another answer.") from None
    return Window(paging.limit + 1, after=after)


def answered(
    rows: Sequence[Row], paging: Paging, shown: Callable[[Row], Item], row_id: Callable[[Row], str]
) -> Listed[Item]:
    """The answer for what was found in that window."""
    return listed(rows, paging, shown, lambda row: str(Position(row.created_at, row_id(row))))
