"""RFC 8628 §3.3: what waits behind a user code, and what the person's answer makes of it."""

from sqlmodel import Session, col, select, update

from auth_server.audit_log.audit import AuditKind, record
from auth_server.consent.decision import Decision, decision_in
from auth_server.consent.granting import grant_chosen
from auth_server.consent.signed_requests import DOUBLE_CLICK, ConsentRequest, StaleRequestError
from auth_server.models import Client, DeviceCode
from auth_server.oauth.authorization_request import AuthorizationRequest
from auth_server.oauth.openid_request import OpenIDRequest
from auth_server.oauth.user_codes import as_shown, user_code_digest
from auth_server.services import Services
from auth_server.spent_requests import claim, forget_spent_requests
from auth_server.web.browser import SignedInBrowser
from shared.authorization_details import parse_details
from shared.clock import now
from shared.forms import Form
from shared.mounted_servers import mounted_server
from shared.refusals import Reason, Step, note_refusal
from shared.scopes import named_servers, parse_scope


class NoSuchCodeError(Exception):
    """Nobody waits behind the code: it was never given, is over, or was answered; the person is not told which."""


def waiting_request(session: Session, services: Services, typed: str) -> AuthorizationRequest:
    """What the device asks for, as the consent page shows it. Raises NoSuchCodeError."""
    code = _waiting(session, services, typed)
    if code is None:
        raise NoSuchCodeError
    return AuthorizationRequest(
        client=session.get_one(Client, code.client_id),
        redirect_uri="",
        state=None,
        code_challenge="",
        resource=code.resource,
        scopes=parse_scope(code.scope),
        details=parse_details(code.details_json) if code.details_json is not None else None,
        openid=OpenIDRequest(),
        servers=named_servers(code.scope),
        server=mounted_server(code.resource, services.settings.mcp_url) or "",
    )


def decide_device(
    session: Session, services: Services, browser: SignedInBrowser, typed: str, asked: ConsentRequest, form: Form
) -> Decision:
    """The answer, once for each code. Raises NoSuchCodeError, StaleRequestError and UnusableChoiceError."""
    decision = decision_in(form)
    forget_spent_requests(session)
    if not claim(session, asked.nonce):
        return _answered_before(session, services, typed, decision)
    code, wanted = _waiting(session, services, typed), waiting_request(session, services, typed)
    is_approved = decision is Decision.APPROVE
    longest = services.settings.refresh_absolute
    grant_id = grant_chosen(session, browser.user.id, wanted, asked, form, longest).id if is_approved else None
    if code is None or not _answer(session, code, grant_id):
        raise NoSuchCodeError
    if not is_approved:
        note_refusal(Step.CONSENT, Reason.DENIED, client_id=wanted.client.client_id)
        record(session, AuditKind.CONSENT_DENIED, user_id=browser.user.id, client_id=wanted.client.client_id)
    return decision


def _find(session: Session, services: Services, typed: str) -> DeviceCode | None:
    """One look-up for every code, also for what cannot be one."""
    looked_for = user_code_digest(services, as_shown(typed) or "")
    return session.exec(select(DeviceCode).where(DeviceCode.user_code_digest == looked_for)).first()


def _waiting(session: Session, services: Services, typed: str) -> DeviceCode | None:
    code = _find(session, services, typed)
    is_over = code is None or code.answered_at is not None or code.expires_at <= now()
    return None if is_over else code


def _answer(session: Session, code: DeviceCode, grant_id: str | None) -> bool:
    """Of two people at two pages the database lets one through."""
    answered = session.exec(
        update(DeviceCode)
        .where(col(DeviceCode.digest) == code.digest, col(DeviceCode.answered_at).is_(None))
        .values(answered_at=now(), grant_id=grant_id)
        .execution_options(synchronize_session=False)
    )
    return bool(answered.rowcount == 1)


def _answered_before(session: Session, services: Services, typed: str, decision: Decision) -> Decision:
    """The second click of a double click is told what the first one led to. Raises StaleRequestError."""
    code = _find(session, services, typed)
    is_fresh = code is not None and code.answered_at is not None and now() - code.answered_at < DOUBLE_CLICK
    is_same = code is not None and (code.grant_id is not None) == (decision is Decision.APPROVE)
    if not (is_fresh and is_same):
        raise StaleRequestError(Reason.FORM_ANSWERED)
    return decision
