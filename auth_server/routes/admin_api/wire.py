"""What the administration API speaks: JSON objects with known members alone, pages of a list, errors."""

from collections.abc import Callable, Iterable
from typing import Annotated, Generic, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from auth_server.web.refused_requests import RefusedRequestError
from shared.refusals import Reason, Step

MOST = 200
PRINTABLE = r"^[^\x00-\x1f\x7f]*$"
"""Without control characters, which databases and logs take badly."""

Text = Annotated[str, StringConstraints(max_length=500, pattern=PRINTABLE)]
"""A line of text."""

Filter = Annotated[str, Query(max_length=500, pattern=PRINTABLE)]
"""A member of the query by which a list is narrowed."""


class WireModel(BaseModel):
    """A JSON object; members it does not know are refused."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)


class WireError(WireModel):
    """The body of every answer that is no success (RFC 6749 §5.2)."""

    error: str
    error_description: str


Item = TypeVar("Item", bound=BaseModel)


class Listed(WireModel, Generic[Item]):
    """Some of a list, and how to ask for more."""

    items: list[Item]
    next: str | None = Field(description="The value of `after` for the items that follow; null at the end.")


class Paging:
    """Which part of a list is asked for."""

    def __init__(
        self,
        limit: Annotated[int, Query(ge=1, le=MOST, description="How many items at most.")] = 50,
        after: Annotated[
            str, Query(max_length=500, pattern=PRINTABLE, description="Where the last answer ended.")
        ] = "",
    ) -> None:
        """From the query."""
        self.limit = limit
        self.after = after


PagingQuery = Annotated[Paging, Depends()]

Row = TypeVar("Row")


def listed(
    rows: Iterable[Row], paging: Paging, shown: Callable[[Row], Item], cursor: Callable[[Row], str]
) -> Listed[Item]:
    """The answer for `rows`, of which the caller read one more than `paging.limit` if there were so many."""
    found = list(rows)
    here = found[: paging.limit]
    has_more = len(found) > paging.limit
    return Listed(items=[shown(row) for row in here], next=cursor(here[-1]) if has_more else None)


class ApiProblemError(RefusedRequestError):
    """An answer that is no success, with the words for the program; `description` is a sentence of ours."""

    def __init__(self, status: int, error: str, description: str, reason: Reason = Reason.REQUEST_MALFORMED) -> None:
        super().__init__(Step.ACCOUNT, reason, status, description, code=error)


def not_found(thing: str) -> ApiProblemError:
    """404: no `thing`, such as "person", has the id of the address."""
    return ApiProblemError(404, "not_found", f"There is no {thing} with this id.")


def unusable(description: str) -> ApiProblemError:
    """422: every member is of the right form, and yet it cannot be done; `description` says what to mend."""
    return ApiProblemError(422, "invalid_request", description)


def conflict(description: str) -> ApiProblemError:
    """409: it cannot be done as things are now."""
    return ApiProblemError(409, "conflict", description)
