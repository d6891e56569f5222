"""Who may be an app here: switches, rules of hosts, tokens to register with; what is changed holds at once."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from auth_server.administrators import ApiAdmin
from auth_server.dependencies import SessionDep
from auth_server.routes.admin_api.bounded_body import api_router
from auth_server.routes.admin_api.wire import Text, WireModel, not_found, unusable
from auth_server.trust.host_rules import InvalidHostError, Ruling, forget_host_rule, set_host_rule
from auth_server.trust.initial_access_tokens import LIFETIME, issue_initial_access_token, revoke_initial_access_tokens
from auth_server.trust.overview import trust_overview
from auth_server.trust.rules import RegistrationMode, allow_documents, set_registration_mode

router = api_router("trust")
INVALID_HOST = "host has to be a host such as claude.ai, or *.example.com for all below example.com."


class WireTrust(WireModel):
    """Every rule as it stands."""

    documents: bool = Field(description="Whether apps may be known by a client ID metadata document.")
    registration: RegistrationMode = Field(description="Who may register an app (RFC 7591).")
    allowed_hosts: list[str] = Field(description="As soon as one is named, documents of no other host count.")
    denied_hosts: list[str]
    initial_access_tokens: int = Field(description="How many are good now.")


class WireTrustChange(WireModel):
    """What is to change; a member that is absent stays as it is."""

    documents: bool | None = None
    registration: RegistrationMode | None = None


class WireHost(WireModel):
    """A host, or `*.` and a host."""

    host: Text


class WireHostRule(WireHost):
    """What is said of a host."""

    verdict: Ruling


class WireTokenDraft(WireModel):
    """An initial access token to be made."""

    days: Annotated[int, Field(ge=1, le=365)] = LIFETIME.days


class WireToken(WireModel):
    """An initial access token, which nobody sees again."""

    initial_access_token: str
    expires_in: int


class WireRevokedTokens(WireModel):
    """How many were ended."""

    revoked: int


@router.get("/trust")
def rules(session: SessionDep) -> WireTrust:
    """Every switch and rule."""
    return WireTrust.model_validate(trust_overview(session))


@router.patch("/trust")
def change(change: WireTrustChange, session: SessionDep, administrator: ApiAdmin) -> WireTrust:
    """Turns the switches that are named."""
    if change.documents is not None:
        allow_documents(session, change.documents, by=administrator.subject)
    if change.registration is not None:
        set_registration_mode(session, change.registration, by=administrator.subject)
    return rules(session)


@router.post("/trust/hosts")
def set_rule(rule: WireHostRule, session: SessionDep, administrator: ApiAdmin) -> WireTrust:
    """Allows or denies a host; the newer rule replaces the older."""
    try:
        set_host_rule(session, rule.host, rule.verdict, by=administrator.subject)
    except InvalidHostError as wrong:
        raise unusable(INVALID_HOST) from wrong
    return rules(session)


@router.post("/trust/hosts/forget")
def forget_rule(named: WireHost, session: SessionDep, administrator: ApiAdmin) -> WireTrust:
    """Forgets what was said of a host."""
    try:
        is_forgotten = forget_host_rule(session, named.host, by=administrator.subject)
    except InvalidHostError as wrong:
        raise unusable(INVALID_HOST) from wrong
    if not is_forgotten:
        raise not_found("rule of a host")
    return rules(session)


@router.post("/trust/initial-access-tokens", status_code=201)
def issue(draft: WireTokenDraft, session: SessionDep, administrator: ApiAdmin) -> WireToken:
    """Makes an initial access token, with which any number of apps register until it expires (RFC 7591 §3)."""
    token = issue_initial_access_token(session, timedelta(days=draft.days), by=administrator.subject)
    return WireToken(initial_access_token=token, expires_in=draft.days * 24 * 60 * 60)


@router.delete("/trust/initial-access-tokens")
def revoke(session: SessionDep, administrator: ApiAdmin) -> WireRevokedTokens:
    """Ends every initial access token; what registered with one stays."""
    return WireRevokedTokens(revoked=revoke_initial_access_tokens(session, by=administrator.subject))
