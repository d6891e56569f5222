"""Numbers from the counts: sums by server, tool, person, app, day or hour, with the spread of latencies."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Engine, func
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col, select

from resource_server.usage.counting import Outcome, Sums
from resource_server.usage.tables import ToolUse
from shared.database import unit_of_work

CHARACTERS_A_TOKEN = 4
"""What most tokenizers make of English and JSON, about: an estimate, good for comparing."""


SUMMED = ("calls", "milliseconds", "size_in", "size_out")


class GroupBy(StrEnum):
    """What numbers are added up by."""

    SERVER = "server"
    TOOL = "tool"
    APP = "app"
    PERSON = "person"
    HOUR = "hour"


@dataclass(frozen=True)
class WantedUses:
    """Which calls count; empty is all."""

    since: datetime
    until: datetime | None = None
    user_id: str = ""
    client_id: str = ""
    server: str | None = None
    tool: str = ""


@dataclass
class Usage:
    """The calls of one group. `label` is what people read, `key` what it is."""

    key: str
    label: str = ""
    sums: Sums = field(default_factory=Sums)
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    latencies: Counter[int] = field(default_factory=Counter)

    def add(self, row: "_Row") -> None:
        """What another row of the database says of it."""
        self.label = row.name or self.label or self.key
        self.sums.add(row.sums)
        self.outcomes[row.outcome] += row.sums.calls
        self.latencies[row.latency] += row.sums.calls

    @property
    def calls(self) -> int:
        """How many."""
        return self.sums.calls

    @property
    def errors(self) -> int:
        """How many did not work, for whichever reason."""
        return self.calls - self.outcomes[Outcome.ANSWERED]

    @property
    def mean(self) -> int:
        """Milliseconds of a call, on average."""
        return round(self.sums.milliseconds / self.calls) if self.calls else 0

    def percentile(self, share: float) -> int:
        """So many milliseconds, at most, `share` of the calls took: the bound of their class."""
        reached, wanted = 0, share * self.calls
        for bound, calls in sorted(self.latencies.items()):
            reached += calls
            if reached >= wanted:
                return bound
        return 0

    @property
    def tokens_in(self) -> int:
        """Estimated tokens that models wrote as arguments."""
        return -(-self.sums.size_in // CHARACTERS_A_TOKEN)

    @property
    def tokens_out(self) -> int:
        """Estimated tokens that models read as answers."""
        return -(-self.sums.size_out // CHARACTERS_A_TOKEN)


@dataclass(frozen=True)
class Uses:
    """What all processes of this installation counted and stored."""

    engine: Engine

    def by(self, by: GroupBy, wanted: WantedUses) -> list[Usage]:
        """The groups, those with most calls first; hours in their order."""
        found: dict[str, Usage] = {}
        with unit_of_work(self.engine, read_only=True) as session:
            for row in _rows(session, by, wanted):
                found.setdefault(_text(row.key), Usage(_text(row.key))).add(row)
        if by is GroupBy.HOUR:
            return [found[key] for key in sorted(found)]
        return sorted(found.values(), key=lambda usage: (-usage.calls, usage.label))


def total(usages: Iterable[Usage]) -> Usage:
    """All of them as one."""
    whole = Usage("", "all")
    for usage in usages:
        whole.sums.add(usage.sums)
        whole.outcomes += usage.outcomes
        whole.latencies += usage.latencies
    return whole


@dataclass(frozen=True)
class _Row:
    key: object
    name: str
    outcome: Outcome
    latency: int
    sums: Sums


def _rows(session: Session, by: GroupBy, wanted: WantedUses) -> list[_Row]:
    key, name = _group(by)
    sums: list[Any] = [func.sum(col(getattr(ToolUse, name))) for name in SUMMED]
    query = (
        select(key, func.max(name), col(ToolUse.outcome), col(ToolUse.latency), *sums)
        .where(*_conditions(wanted))
        .group_by(key, col(ToolUse.outcome), col(ToolUse.latency))
    )
    return [
        _Row(row[0], str(row[1] or ""), Outcome(row[2]), row[3], Sums(*map(int, row[4:])))
        for row in session.exec(query).all()
    ]


def _group(by: GroupBy) -> tuple[Any, Any]:
    """What it is grouped by, and what a group is called."""
    columns: dict[GroupBy, Any] = {
        GroupBy.SERVER: col(ToolUse.server),
        GroupBy.TOOL: _full_name(),
        GroupBy.APP: col(ToolUse.client_id),
        GroupBy.PERSON: col(ToolUse.user_id),
        GroupBy.HOUR: col(ToolUse.hour),
    }
    key = columns[by]
    return key, col(ToolUse.client_name) if by is GroupBy.APP else key


def _full_name() -> ColumnElement[str]:
    own, theirs = col(ToolUse.tool), col(ToolUse.server) + "__" + col(ToolUse.tool)
    return func.coalesce(func.nullif(theirs, "__" + own), own)


def _conditions(wanted: WantedUses) -> list[ColumnElement[bool]]:
    found = [col(ToolUse.hour) >= wanted.since.replace(minute=0, second=0, microsecond=0)]
    if wanted.until is not None:
        found.append(col(ToolUse.hour) < wanted.until)
    for name in ("user_id", "client_id", "tool"):
        if value := getattr(wanted, name):
            found.append(col(getattr(ToolUse, name)) == value)
    if wanted.server is not None:
        found.append(col(ToolUse.server) == wanted.server)
    return found


def _text(key: object) -> str:
    return key.isoformat() if isinstance(key, datetime) else str(key)
