"""Who may be a client: switches an administrator turns while the server runs, read anew with each request."""

from enum import StrEnum

from sqlmodel import Session

from auth_server.audit_log.audit import AuditKind, record
from auth_server.clients import forget_unused_clients
from auth_server.models import TrustRule
from shared.clock import now


class Switch(StrEnum):
    """The names under which switches are stored."""

    DOCUMENTS = "documents"
    REGISTRATION = "registration"


class RegistrationMode(StrEnum):
    """Who may register a client (RFC 7591 §3)."""

    OPEN = "open"
    """Everybody, within the limits of rate and size."""
    TOKEN = "token"
    """Whoever an administrator gave an initial access token."""
    OFF = "off"
    """Nobody: clients are known by documents or made by an administrator."""


def documents_allowed(session: Session) -> bool:
    """Whether clients may be known by metadata documents; they may until somebody turns it off."""
    return _value(session, Switch.DOCUMENTS) != "off"


def registration_mode(session: Session) -> RegistrationMode:
    """Who may register a client; everybody until somebody decides otherwise."""
    return RegistrationMode(_value(session, Switch.REGISTRATION) or RegistrationMode.OPEN)


def allow_documents(session: Session, is_allowed: bool, *, by: str | None = None) -> None:
    """Turns metadata documents on or off; `by` is the administrator's user id, None for a command."""
    _turn(session, Switch.DOCUMENTS, "on" if is_allowed else "off", by)


def set_registration_mode(session: Session, mode: RegistrationMode, *, by: str | None = None) -> None:
    """Decides who may register from the next request on; clients that are in use are untouched.

    Registrations forget what never was used. Where there are none any more, this is the last occasion for most.
    """
    _turn(session, Switch.REGISTRATION, mode, by)
    forget_unused_clients(session)


def _value(session: Session, switch: Switch) -> str | None:
    rule = session.get(TrustRule, switch)
    return rule.value if rule is not None else None


def _turn(session: Session, switch: Switch, value: str, by: str | None) -> None:
    session.merge(TrustRule(name=switch, value=str(value), changed_at=now()))
    session.flush()
    record(session, AuditKind.TRUST_RULE_CHANGED, by=by, rule=str(switch), value=str(value))
