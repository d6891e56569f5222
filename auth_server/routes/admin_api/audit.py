"""The audit log: read, exported, verified; nothing here changes it."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends, Query
from fastapi.responses import StreamingResponse
from pydantic import Field

from auth_server.audit_log.audit_search import AuditFilter, exported_lines, newest_events
from auth_server.audit_log.audit_verification import Head, Verification, verify
from auth_server.audit_log.audit_words import ToldEvent, told
from auth_server.dependencies import ServicesDep, SessionDep
from auth_server.people import id_named
from auth_server.routes.admin_api.bounded_body import api_router
from auth_server.routes.admin_api.wire import PRINTABLE, Filter, Listed, PagingQuery, WireModel, listed, unusable

router = api_router("audit")
EXPORT_TYPE = "application/jsonl"
Instant = Annotated[datetime | None, Query(description="An instant; without an offset it is meant in UTC.")]


class WireEvent(WireModel):
    """Something that mattered for security."""

    sequence: int
    id: str
    at: datetime
    kind: str
    sentence: str = Field(description="What happened, as a person would say it; its words may change.")
    user_id: str | None
    by: str | None = Field(description="The administrator who did it to somebody else.")
    client_id: str | None
    grant_id: str | None = Field(description="A connection, or an API key.")
    facts: dict[str, Any]
    hash: str


class WireVerification(WireModel):
    """What a walk along the whole chain found."""

    is_whole: bool
    head: str = Field(description="Number and hash of the last event, as `head` takes them another time.")
    broken_at: int | None = Field(description="The number of the first event that does not hold.")
    lacks_head: bool = Field(description="Whether the event of the `head` that was given is gone.")


def wanted_events(
    session: SessionDep,
    q: Filter = "",
    kind: Filter = "",
    person: Annotated[str, Query(max_length=500, pattern=PRINTABLE, description="An id or an e-mail address.")] = "",
    app: Annotated[str, Query(max_length=500, pattern=PRINTABLE, description="A client id.")] = "",
    since: Instant = None,
    until: Instant = None,
) -> AuditFilter:
    """The filter that stands in the query."""
    return AuditFilter(q, kind, id_named(session, person), app, _aware(since), _aware(until))


Wanted = Annotated[AuditFilter, Depends(wanted_events, scope="function")]


@router.get("/audit")
def events(session: SessionDep, wanted: Wanted, paging: PagingQuery) -> Listed[WireEvent]:
    """Events, newest first."""
    before = {"before": int(paging.after)} if paging.after.isascii() and paging.after.isdigit() else {}
    if paging.after and (not before or len(paging.after) > 18):
        raise unusable("after is not what an earlier answer gave as next.")
    found = told(session, newest_events(session, wanted, limit=paging.limit + 1, **before))
    return listed(found, paging, _wire, lambda one: str(one.event.sequence))


@router.get("/audit.jsonl", response_class=StreamingResponse, responses={200: {"content": {EXPORT_TYPE: {}}}})
def export(services: ServicesDep, wanted: Wanted) -> StreamingResponse:
    """Every event as a line of JSON, oldest first."""
    return StreamingResponse(exported_lines(services.engine, wanted), media_type=EXPORT_TYPE)


@router.get("/audit/verification")
def verification(session: SessionDep, head: Filter = "") -> WireVerification:
    """Whether the log is whole; `head` is one that an earlier verification gave, and has to be part of it still."""
    try:
        found = verify(session, Head.parse(head) if head else None)
    except ValueError as wrong:
        raise unusable(f"{wrong}.") from wrong
    return _verified(found)


def _verified(found: Verification) -> WireVerification:
    return WireVerification(
        is_whole=found.is_whole, head=str(found.head), broken_at=found.broken_at, lacks_head=found.lacks_head
    )


def _wire(one: ToldEvent) -> WireEvent:
    return WireEvent(**one.event.model_dump(), sentence=one.sentence)


def _aware(instant: datetime | None) -> datetime | None:
    return instant.replace(tzinfo=UTC) if instant is not None and instant.tzinfo is None else instant
