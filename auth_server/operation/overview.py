"""Whether everything is all right: numbers, series for charts, and what needs an administrator's attention."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func
from sqlmodel import Session, col, select

from auth_server.audit_log.audit_verification import verify_newest
from auth_server.keys.environment_keys import weak_places
from auth_server.models import Client, ClientOrigin, Grant, User, UserKind
from auth_server.operation.activity_counts import Point, refusals, series
from auth_server.settings import Settings
from auth_server.signing_keys import rotation_due_at
from shared.clock import now
from shared.spans import Span

LATE = timedelta(hours=1)
"""So long a key may be due before somebody has to look."""
WATCHED_EVENTS = 1000


@dataclass(frozen=True)
class Attention:
    """Something that is not all right: a sentence, and the page where one sees more; empty where there is none."""

    sentence: str
    path: str = ""


@dataclass(frozen=True)
class Overview:
    """Three numbers, three series, and what needs attention."""

    people: int
    connected_apps: int
    calls_today: int
    series: tuple[Point, ...]
    refusals: tuple[tuple[str, int], ...]
    attention: tuple[Attention, ...]


def overview(session: Session, settings: Settings, span: Span) -> Overview:
    """As it is now; whether the MCP server answers has to be asked for outside of a transaction."""
    today = series(session, Span.DAY)
    points = today if span is Span.DAY else series(session, span)
    return Overview(
        people=_people(session),
        connected_apps=_connected_apps(session),
        calls_today=sum(point.calls for point in today),
        series=tuple(points),
        refusals=tuple(refusals(session, span)),
        attention=tuple(_attention(session, settings)),
    )


def _people(session: Session) -> int:
    people = select(func.count()).where(User.kind == UserKind.PERSON, col(User.disabled_at).is_(None))
    return session.exec(people).one()


def _connected_apps(session: Session) -> int:
    """Our own pages are no app that somebody connected."""
    live = (col(Grant.activated_at).is_not(None), col(Grant.revoked_at).is_(None), col(Grant.expires_at) > now())
    own = select(Client.client_id).where(Client.origin == ClientOrigin.OWN_PAGES)
    others = col(Grant.client_id).not_in(own)
    return session.exec(select(func.count(func.distinct(Grant.client_id))).where(*live, others)).one()


def _attention(session: Session, settings: Settings) -> list[Attention]:
    found = []
    broken = verify_newest(session, WATCHED_EVENTS)
    if broken is not None:
        found.append(Attention(f"Event {broken.sequence} of the audit log was changed.", "/admin/audit/verification"))
    due = rotation_due_at(session, settings.signing_key_days)
    if due is not None and due + LATE < now():
        found.append(Attention("The signing key should have been replaced by now.", "/admin/signing-keys"))
    for place in weak_places(settings):
        found.append(Attention(f"The API key in {place} is short enough to be guessed.", "/admin/keys"))
    return found
