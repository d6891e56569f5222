"""Counts of what both servers did, in the database: added up by the hour, read as series for charts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select, update

from auth_server.models import ActivityCount
from shared.activity import Count, Counted
from shared.spans import Span


class CountingServer(StrEnum):
    """Who counted."""

    AUTH = "auth"
    MCP = "mcp"


@dataclass(frozen=True)
class Point:
    """How many calls began here, and how long one took on average; None where there was none."""

    start: datetime
    calls: int = 0
    milliseconds: int | None = None


def add_counts(session: Session, server: CountingServer, counts: Iterable[Count]) -> None:
    """Adds to what stands there; several processes may do so at once."""
    for count in counts:
        if not _add_to_row(session, server, count):
            try:
                with session.begin_nested():
                    session.add(_row(server, count))
            except IntegrityError:
                _add_to_row(session, server, count)


def series(session: Session, span: Span) -> list[Point]:
    """The calls of apps, as the MCP server counted them."""
    starts = span.starts
    rows = session.exec(
        select(ActivityCount).where(
            ActivityCount.server == CountingServer.MCP,
            ActivityCount.kind == Counted.CALLS,
            col(ActivityCount.hour) >= starts[0],
        )
    ).all()
    return [_point(start, [row for row in rows if start <= row.hour < start + span.step]) for start in starts]


def refusals(session: Session, span: Span) -> list[tuple[str, int]]:
    """What both servers refused, by reason, the most frequent first."""
    total = func.sum(ActivityCount.count)
    found = (
        select(ActivityCount.reason, total)
        .where(ActivityCount.kind == Counted.REFUSALS, col(ActivityCount.hour) >= span.starts[0])
        .group_by(col(ActivityCount.reason))
        .order_by(total.desc(), col(ActivityCount.reason))
    )
    return [(reason, int(count)) for reason, count in session.exec(found)]


def _point(start: datetime, rows: Sequence[ActivityCount]) -> Point:
    calls = sum(row.count for row in rows)
    return Point(start, calls, round(sum(row.milliseconds for row in rows) / calls) if calls else None)


def _add_to_row(session: Session, server: CountingServer, count: Count) -> bool:
    there = (
        col(ActivityCount.hour) == count.hour,
        col(ActivityCount.server) == server,
        col(ActivityCount.kind) == count.kind,
        col(ActivityCount.reason) == count.reason,
    )
    more = {
        "count": col(ActivityCount.count) + count.count,
        "milliseconds": col(ActivityCount.milliseconds) + count.milliseconds,
    }
    return bool(session.exec(update(ActivityCount).where(*there).values(**more)).rowcount)


def _row(server: CountingServer, count: Count) -> ActivityCount:
    return ActivityCount(
        hour=count.hour,
        server=server,
        kind=count.kind,
        reason=count.reason,
        count=count.count,
        milliseconds=count.milliseconds,
    )
