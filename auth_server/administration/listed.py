"""A part of a long list, newest first: a page of it, or what follows a row that was seen before."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Select, and_, or_
from sqlalchemy.orm import Mapped

Query = TypeVar("Query", bound=Select[*tuple[Any, ...]])
USUAL = 50


class UnusableCursorError(ValueError):
    """What was given names no place in a list."""


@dataclass(frozen=True)
class Position:
    """The place of a row: what follows came before it, or at the same instant with an id further on."""

    at: datetime
    id: str

    @classmethod
    def parse(cls, cursor: str) -> "Position":
        """From what `str` made of it. Raises UnusableCursorError."""
        written, space, row_id = cursor.partition(" ")
        try:
            at = datetime.fromisoformat(written)
        except ValueError:
            raise UnusableCursorError from None
        if not space or at.tzinfo is None:
            raise UnusableCursorError
        return cls(at, row_id)

    def __str__(self) -> str:
        return f"{self.at.isoformat()} {self.id}"


@dataclass(frozen=True)
class Window:
    """What to take of a list."""

    limit: int = USUAL
    offset: int = 0
    after: Position | None = None


def windowed(query: Query, window: Window, at: Mapped[datetime], row_id: Mapped[str]) -> Query:
    """The rows of `query` in the window, by the columns that say when they were made and what they are called."""
    if window.after is not None:
        seen = window.after
        query = query.where(or_(at < seen.at, and_(at == seen.at, row_id > seen.id)))
    return query.order_by(at.desc(), row_id).offset(window.offset).limit(window.limit)
