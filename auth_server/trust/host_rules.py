"""Which hosts' metadata documents may be clients: allowed and denied hosts, decided anew with each request."""

import re
from enum import StrEnum

from sqlmodel import Session, col, select

from auth_server.audit_log.audit import AuditKind, record
from auth_server.models import HostRule
from shared.clock import now

SUBDOMAINS = "*."
MAX_LENGTH = 253
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_PATTERN = re.compile(rf"(?:\*\.)?{_LABEL}(?:\.{_LABEL})*")


class HostVerdict(StrEnum):
    """What the rules say of one host."""

    ALLOWED = "allowed"
    DENIED = "denied"
    """A rule names it."""
    UNLISTED = "unlisted"
    """Only listed hosts may, and it is not among them."""


class Ruling(StrEnum):
    """What one rule says."""

    ALLOW = "allow"
    DENY = "deny"


class InvalidHostError(ValueError):
    """What was given is no host and no `*.` host; the text is a sentence for people."""


def host_verdict(session: Session, host: str) -> HostVerdict:
    """A denial wins over a permission; as soon as anything is allowed, nothing else is.

    Ask `documents_allowed` of trust_rules.py first: without documents no host matters.
    """
    if len(host) > MAX_LENGTH:
        return HostVerdict.DENIED  # no such host can exist (RFC 1035 §2.3.4)
    rulings = {rule.verdict for rule in _applying(session, host)}
    if Ruling.DENY in rulings:
        return HostVerdict.DENIED
    if Ruling.ALLOW in rulings or not _anything_is_allowed(session):
        return HostVerdict.ALLOWED
    return HostVerdict.UNLISTED


def host_rules(session: Session) -> list[HostRule]:
    """Every rule, by host."""
    return list(session.exec(select(HostRule).order_by(col(HostRule.host))))


def set_host_rule(session: Session, host: str, ruling: Ruling, *, by: str | None = None) -> str:
    """Allows or denies a host, or with `*.` its subdomains; gives the spelling that is kept. Raises InvalidHostError.

    A host has one rule: the newer one replaces the older.
    """
    pattern = checked_pattern(host)
    session.merge(HostRule(host=pattern, verdict=str(ruling), changed_at=now()))
    session.flush()
    record(session, AuditKind.HOST_RULE_CHANGED, by=by, host=pattern, verdict=str(ruling))
    return pattern


def forget_host_rule(session: Session, host: str, *, by: str | None = None) -> bool:
    """Removes the rule; False when there was none. Raises InvalidHostError."""
    pattern = checked_pattern(host)
    rule = session.get(HostRule, pattern)
    if rule is None:
        return False
    session.delete(rule)
    session.flush()
    record(session, AuditKind.HOST_RULE_CHANGED, by=by, host=pattern, verdict="forgotten")
    return True


def checked_pattern(host: str) -> str:
    """One spelling of a host or of `*.` and a host: lower case, international names in ASCII (RFC 5890).

    Raises InvalidHostError.
    """
    pattern = _normal(host.strip())
    if len(pattern) > MAX_LENGTH or _PATTERN.fullmatch(pattern) is None:
        raise InvalidHostError(f"{host!r} is no host such as claude.ai or *.example.com; leave out https:// and paths.")
    return pattern


def patterns_for(host: str) -> list[str]:
    """The rules that could speak of `host`: itself, and the subdomains of each domain above it."""
    labels = _normal(host).split(".")
    return [".".join(labels), *(SUBDOMAINS + ".".join(labels[start:]) for start in range(1, len(labels)))]


def _applying(session: Session, host: str) -> list[HostRule]:
    return list(session.exec(select(HostRule).where(col(HostRule.host).in_(patterns_for(host)))))


def _anything_is_allowed(session: Session) -> bool:
    allowed = select(HostRule.host).where(HostRule.verdict == Ruling.ALLOW).limit(1)
    return session.exec(allowed).first() is not None


def _normal(host: str) -> str:
    """Lower case, without the dot of the root; a name that has no ASCII form stays as it is and matches nothing."""
    prefix, name = (SUBDOMAINS, host[2:]) if host.startswith(SUBDOMAINS) else ("", host)
    try:
        return prefix + name.encode("idna").decode().lower().removesuffix(".")
    except UnicodeError:
        return prefix + name.lower()
