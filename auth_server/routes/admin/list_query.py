"""What the address of a list says: `?q=` searches, other names filter, `page` turns the page."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, TypeVar
from urllib.parse import urlencode

from fastapi import Depends, Request

PAGE_SIZE = 50
LAST_PAGE = 100_000
LONGEST = 200
Row = TypeVar("Row")


@dataclass(frozen=True)
class ListQuery:
    """The cleaned parameters of one list; what makes no sense is as if it were not there."""

    values: dict[str, str] = field(default_factory=dict)
    page: int = 1

    def get(self, name: str) -> str:
        """A filter, or empty."""
        return self.values.get(name, "")

    @property
    def text(self) -> str:
        """What is searched for."""
        return self.get("q")

    @property
    def offset(self) -> int:
        """How many rows come before this page."""
        return (self.page - 1) * PAGE_SIZE

    def to_page(self, page: int) -> str:
        """The query of another page of the same list, with its question mark; empty for the first of everything."""
        named = self.values | ({"page": str(page)} if page > 1 else {})
        return f"?{urlencode(named)}" if named else ""

    def narrowed(self, **changes: str) -> str:
        """The query of the first page with other filters; an empty one goes away."""
        named = {name: value for name, value in (self.values | changes).items() if value}
        return f"?{urlencode(named)}" if named else ""


@dataclass(frozen=True)
class Pager:
    """Where the pages before and after this one are; empty where there is none."""

    page: int
    newer: str | None
    older: str | None


def turned(rows: Sequence[Row], query: ListQuery) -> tuple[list[Row], Pager]:
    """The rows of this page and its pager; the caller read one row more than `PAGE_SIZE` if there were so many."""
    newer = query.to_page(query.page - 1) if query.page > 1 else None
    older = query.to_page(query.page + 1) if len(rows) > PAGE_SIZE else None
    return list(rows[:PAGE_SIZE]), Pager(query.page, newer, older)


def read_list_query(request: Request) -> ListQuery:
    """From the address; of a name that comes twice the last one counts, as a browser's form would have it."""
    cleaned = {name: _clean(value) for name, value in request.query_params.items() if len(name) <= LONGEST}
    page = cleaned.pop("page", "")
    return ListQuery(
        {name: value for name, value in cleaned.items() if value},
        min(max(int(page), 1), LAST_PAGE) if page.isascii() and page.isdigit() else 1,
    )


ListQueryDep = Annotated[ListQuery, Depends(read_list_query)]


def _clean(value: str) -> str:
    """Without control characters and halves of characters, which no row has and databases refuse."""
    kept = "".join(one for one in value if one.isprintable() or one == " ")
    return " ".join(kept.split())[:LONGEST]
