"""Events of the audit log, found by what they say: newest first for people, oldest first for an export."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, String, cast, func, or_
from sqlmodel import Session, col, select

from auth_server.models import AuditEvent
from shared.database import unit_of_work

CHUNK = 500
LARGEST = 2**63 - 1


@dataclass(frozen=True)
class AuditFilter:
    """What is asked for; an empty member leaves the choice open. `person` is a user id, `client_id` an app's."""

    text: str = ""
    kind: str = ""
    person: str = ""
    client_id: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """As the database understands them."""
        if self.text:
            yield _contains(self.text)
        if self.kind:
            yield col(AuditEvent.kind) == self.kind
        if self.person:
            yield or_(col(AuditEvent.user_id) == self.person, col(AuditEvent.by) == self.person)
        if self.client_id:
            yield col(AuditEvent.client_id) == self.client_id
        if self.since is not None:
            yield col(AuditEvent.at) >= self.since
        if self.until is not None:
            yield col(AuditEvent.at) < self.until


def newest_events(
    session: Session, wanted: AuditFilter, *, limit: int, before: int = LARGEST, offset: int = 0
) -> list[AuditEvent]:
    """At most `limit` events with a sequence below `before`, newest first."""
    found = (
        select(AuditEvent)
        .where(col(AuditEvent.sequence) < before, *wanted.conditions())
        .order_by(col(AuditEvent.sequence).desc())
        .offset(offset)
        .limit(limit)
    )
    return list(session.exec(found))


def exported_lines(engine: Engine, wanted: AuditFilter) -> Iterator[str]:
    """Each event as a line of JSON, oldest first, with its place in the chain; no transaction spans two chunks."""
    last = 0
    while True:
        with unit_of_work(engine, read_only=True) as session:
            found = (
                select(AuditEvent)
                .where(col(AuditEvent.sequence) > last, *wanted.conditions())
                .order_by(col(AuditEvent.sequence))
                .limit(CHUNK)
            )
            events = list(session.exec(found))
        yield from (f"{json.dumps(as_plain(event))}\n" for event in events)
        if len(events) < CHUNK:
            return
        last = events[-1].sequence or LARGEST


def as_plain(event: AuditEvent) -> dict[str, Any]:
    """Every member, the instant as text."""
    return event.model_dump() | {"at": event.at.isoformat()}


def _contains(text: str) -> ColumnElement[bool]:
    """Whether any member says it, whatever the case; `%` and `_` mean themselves."""
    members = (
        col(AuditEvent.kind),
        col(AuditEvent.id),
        col(AuditEvent.user_id),
        col(AuditEvent.by),
        col(AuditEvent.client_id),
        col(AuditEvent.grant_id),
        cast(col(AuditEvent.facts), String),
    )
    sought = text.lower()
    # In the text of JSON what is no ASCII stands escaped.
    escaped = json.dumps(sought)[1:-1]
    return or_(
        *(func.lower(member).contains(sought, autoescape=True) for member in members),
        func.lower(members[-1]).contains(escaped, autoescape=True),
    )
