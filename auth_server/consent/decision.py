"""What a press of Connect or Cancel leads to: a grant and its code, or access_denied, once for each form."""

from enum import StrEnum

from sqlmodel import Session

from auth_server.audit_log.audit import AuditKind, record
from auth_server.consent.granting import grant_chosen
from auth_server.consent.signed_requests import (
    ConsentRequest,
    StaleRequestError,
    note_code,
    reissued_code,
)
from auth_server.oauth.authorization_code import issue_code
from auth_server.oauth.authorization_request import AuthorizationRequest
from auth_server.oauth.id_tokens import Authentication
from auth_server.oauth.issuer import authorization_response_uri
from auth_server.settings import Settings
from auth_server.spent_requests import claim, forget_spent_requests
from auth_server.web.browser import SignedInBrowser
from shared.forms import Form
from shared.refusals import Reason, Step, note_refusal


class Decision(StrEnum):
    """The two buttons."""

    APPROVE = "approve"
    DENY = "deny"


def decision_in(form: Form) -> Decision:
    """Which button was pressed. Raises StaleRequestError for neither."""
    try:
        return Decision(form.one("decision"))
    except ValueError:
        raise StaleRequestError(Reason.FORM_FOREIGN) from None


def decide(
    session: Session,
    settings: Settings,
    browser: SignedInBrowser,
    request: AuthorizationRequest,
    asked: ConsentRequest,
    form: Form,
    proof: str = "",
) -> str:
    """The address the browser goes to; an approval spends `proof` with the form, if it has one.

    Raises StaleRequestError and UnusableChoiceError, which spend nothing.
    """
    decision, is_first_answer = decision_in(form), claim(session, asked.nonce)
    forget_spent_requests(session)
    if decision is Decision.DENY:
        return _deny(session, settings, browser, request, is_first_answer=is_first_answer)
    if is_first_answer and proof and not claim(session, proof):
        raise StaleRequestError(Reason.FORM_ANSWERED)
    if is_first_answer:
        code = _approve(session, settings, browser, request, asked, form)
    else:
        code = reissued_code(session, asked.nonce, settings.code_lifetime)
    return authorization_response_uri(request.redirect_uri, settings.issuer, request.state, code=code)


def _deny(
    session: Session,
    settings: Settings,
    browser: SignedInBrowser,
    request: AuthorizationRequest,
    *,
    is_first_answer: bool,
) -> str:
    if not is_first_answer:
        raise StaleRequestError(Reason.FORM_ANSWERED)
    note_refusal(Step.CONSENT, Reason.DENIED, client_id=request.client.client_id)
    record(session, AuditKind.CONSENT_DENIED, user_id=browser.user.id, client_id=request.client.client_id)
    return authorization_response_uri(
        request.redirect_uri,
        settings.issuer,
        request.state,
        error="access_denied",
        error_description="The person did not allow it. Ask again only when they want to connect.",
    )


def _approve(
    session: Session,
    settings: Settings,
    browser: SignedInBrowser,
    request: AuthorizationRequest,
    asked: ConsentRequest,
    form: Form,
) -> str:
    grant = grant_chosen(session, browser.user.id, request, asked, form, settings.refresh_absolute)
    code = issue_code(
        session,
        grant,
        redirect_uri=request.redirect_uri,
        code_challenge=request.code_challenge,
        lifetime=settings.code_lifetime,
        authentication=Authentication(request.openid.nonce, browser.authenticated_at, browser.methods),
    )
    note_code(session, asked.nonce, code)
    return code
