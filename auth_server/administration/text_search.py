"""What an administrator types into a search field, as a condition on columns."""

from sqlalchemy import ColumnElement, false, or_, true
from sqlalchemy.orm import Mapped

LONGEST = 200


def matches_text(text: str, *columns: Mapped[str]) -> ColumnElement[bool]:
    """Rows that have the text in one of the columns, in either case; everything for an empty text."""
    wanted = " ".join(text.split())
    if not wanted:
        return true()
    if len(wanted) > LONGEST or not wanted.isprintable():
        return false()  # nothing is stored that looks like this, and some databases refuse the question
    return or_(*(column.icontains(wanted, autoescape=True) for column in columns))
