"""Service accounts: programs with memories of their own, known by API keys; nobody signs in as one (decision M29)."""

import re

from sqlmodel import Session, select

from auth_server.audit_log.audit import AuditKind, record
from auth_server.models import User, UserKind

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


class InvalidServiceNameError(ValueError):
    """What was given names no service account; the text is a sentence for people."""


def find_service(session: Session, name: str) -> User | None:
    """The service account of this name, disabled or not."""
    return session.exec(select(User).where(User.email == _address(name))).one_or_none()


def service_account(session: Session, name: str, *, by: str | None = None) -> User:
    """The account of this name, made if there is none; `by` is the administrator. Raises InvalidServiceNameError."""
    if NAME.fullmatch(name) is None:
        raise InvalidServiceNameError(
            "The name of a service has lower-case letters, digits, dots, hyphens and underscores, at most 64: ci-bot."
        )
    known = find_service(session, name)
    if known is not None:
        return known
    account = User(kind=UserKind.SERVICE, email=_address(name), name=name)
    session.add(account)
    session.flush()
    record(session, AuditKind.ACCOUNT_CREATED, user_id=account.id, by=by, is_service=True)
    return account


def _address(name: str) -> str:
    """What stands where people have an e-mail address: it has no @, so that no person's is ever equal."""
    return f"service:{name}"
