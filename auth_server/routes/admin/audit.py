"""The audit log: what mattered for security, who did it, and whether the log is whole."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import StreamingResponse
from sqlmodel import Session

from auth_server.administrators import AdminUser
from auth_server.audit_log.audit import AuditKind
from auth_server.audit_log.audit_search import AuditFilter, exported_lines, newest_events
from auth_server.audit_log.audit_verification import Head, verify
from auth_server.audit_log.audit_words import kind_in_words, told
from auth_server.people import id_named
from auth_server.routes.admin.list_query import PAGE_SIZE, ListQuery, ListQueryDep, turned
from auth_server.web.page_services import PageServicesDep
from auth_server.web.signed_in_pages import admin_page
from shared.clock import now
from shared.database import unit_of_work

router = APIRouter(include_in_schema=False)
HERE = "/admin/audit"
KINDS = (("", "Anything"), *((kind.value, kind_in_words(kind.value)) for kind in sorted(AuditKind)))


@router.get(HERE)
def audit_page(services: PageServicesDep, browser: AdminUser, query: ListQueryDep) -> Response:
    """Events that fit the address, newest first."""
    with unit_of_work(services.engine, read_only=True) as session:
        wanted = _wanted(session, query)
        events = newest_events(session, wanted, limit=PAGE_SIZE + 1, offset=query.offset)
        shown, pager = turned(told(session, events), query)
    context: dict[str, Any] = {"events": shown, "pager": pager, "query": query, "kinds": KINDS}
    return admin_page(services, browser, "admin/audit.html", HERE, export=query.narrowed(), **context)


@router.get("/admin/audit/export")
def export(services: PageServicesDep, _browser: AdminUser, query: ListQueryDep) -> Response:
    """The same events as a file of JSON lines, oldest first."""
    with unit_of_work(services.engine, read_only=True) as session:
        wanted = _wanted(session, query)
    headers = {"Content-Disposition": f'attachment; filename="audit-{now():%Y-%m-%d}.jsonl"'}
    lines = exported_lines(services.engine, wanted)
    return StreamingResponse(lines, media_type="application/jsonl", headers=headers | {"Cache-Control": "no-store"})


@router.get("/admin/audit/verification")
def verification_page(services: PageServicesDep, browser: AdminUser, head: str = "") -> Response:
    """Walks the chain; `head` is one that was noted before."""
    problem, earlier = "", None
    try:
        earlier = Head.parse(head) if head.strip() else None
    except ValueError as wrong:
        problem = f"That is no head: {wrong}."
    with unit_of_work(services.engine, read_only=True) as session:
        found = verify(session, earlier)
    context: dict[str, Any] = {"found": found, "head": head[:100], "earlier": earlier, "problem": problem}
    return admin_page(services, browser, "admin/verification.html", HERE, 400 if problem else 200, **context)


def _wanted(session: Session, query: ListQuery) -> AuditFilter:
    """Days are whole days in UTC; the last one belongs to what is asked for."""
    since, until = _day(query.get("since")), _day(query.get("until"))
    person, app = id_named(session, query.get("person")), query.get("app")
    end = until + timedelta(days=1) if until is not None else None
    return AuditFilter(query.text, query.get("kind"), person, app, since, end)


def _day(text: str) -> datetime | None:
    """What no day is, narrows nothing; nor does the last day there is, after which no other comes."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return datetime(day.year, day.month, day.day, tzinfo=UTC) if day < date.max else None
