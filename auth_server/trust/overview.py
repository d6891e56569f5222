"""Every rule of trust as it stands, for the commands and pages that show them together."""

from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import Session, col, select

from auth_server.models import InitialAccessToken
from auth_server.trust.host_rules import Ruling, host_rules
from auth_server.trust.rules import RegistrationMode, documents_allowed, registration_mode
from shared.clock import now


@dataclass(frozen=True)
class TrustOverview:
    """The switches, the hosts that rules name, and how many initial access tokens are good now."""

    documents: bool
    registration: RegistrationMode
    allowed_hosts: tuple[str, ...]
    denied_hosts: tuple[str, ...]
    initial_access_tokens: int


def trust_overview(session: Session) -> TrustOverview:
    """As the next request would find it."""
    rules = host_rules(session)
    good = select(func.count()).where(col(InitialAccessToken.expires_at) > now())
    return TrustOverview(
        documents=documents_allowed(session),
        registration=registration_mode(session),
        allowed_hosts=tuple(rule.host for rule in rules if rule.verdict == Ruling.ALLOW),
        denied_hosts=tuple(rule.host for rule in rules if rule.verdict == Ruling.DENY),
        initial_access_tokens=session.exec(good).one(),
    )
