"""OAuth 2.1 §4.1.1: the authorization endpoint. GET shows and POST decides; every code follows a POST."""

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from auth_server.authorization_errors import answer_redirectable, asked_silently, error_location, page_problem
from auth_server.consent.choice import UnusableChoiceError, read_choice
from auth_server.consent.decision import Decision, decide, decision_in
from auth_server.consent.granting import approval_of
from auth_server.consent.page import ConsentForm, show_consent
from auth_server.consent.presence import require_presence
from auth_server.consent.review_links import review_link, split_review
from auth_server.consent.right_person import check_person, check_rights
from auth_server.consent.signed_requests import ConsentRequest, StaleRequestError, shown_digest
from auth_server.documents.cache import check_address, check_trusted
from auth_server.documents.errors import DocumentError, document_page
from auth_server.models import Client, ClientOrigin
from auth_server.oauth.authorization_request import (
    AuthorizationRequest,
    blocked_client,
    unknown_client,
    validate_authorization_request,
)
from auth_server.oauth.errors import PageError, RedirectableError
from auth_server.oauth.metadata_document import is_document_id
from auth_server.oauth.requests import Parameters, TooManyParametersError
from auth_server.sign_in.confirmation import NotConfirmedError
from auth_server.sign_in.proofs import split_proof
from auth_server.web.browser import SignedInBrowser
from auth_server.web.error_pages import forged_form
from auth_server.web.page_services import PageServices, PageServicesDep, SessionForm, SignedIn, SignInFirst, Visitor
from shared.database import unit_of_work
from shared.forms import Form
from shared.refusals import Reason, Step, note_refusal

router = APIRouter(include_in_schema=False)
CHANGED = "The app changed what it says about itself while this page was open. Look at it again before you decide."


async def fresh_document(request: Request, services: PageServicesDep, visitor: Visitor) -> None:
    """A client known by a document is read, if that is due, before the request is looked at.

    Strangers sign in first; nothing is fetched for them (AS-79). Raises SignInFirst and PageProblem.
    """
    query, _ = split_review(split_proof(printable_query(request))[0])
    client_id = _document_id(query)
    if client_id is None:
        return
    address = request.client.host if request.client else ""
    try:
        check_address(client_id)
        if visitor is None:
            raise SignInFirst(f"{request.url.path}?{query}")
        await services.documents.refresh(client_id, address)
    except DocumentError as error:
        raise document_page(error, client_id) from error
    await services.logos.refresh(client_id, address)


@router.get("/authorize", dependencies=[Depends(fresh_document)])
def authorization_page(request: Request, services: PageServicesDep, visitor: Visitor) -> Response:
    """The consent page; strangers sign in first, and hear of errors afterwards (AS-12)."""
    query, proof = split_proof(printable_query(request))
    query, wants_whole_page = split_review(query)
    here = f"{request.url.path}?{query}"
    nonce = services.sign_in_proofs.open(proof, visitor, query) if visitor is not None else ""
    try:
        wanted = _validated(services, query)
        if "none" in wanted.openid.prompt:
            return _answer_silently(services, wanted, visitor)
        if visitor is None:
            raise SignInFirst(here)
        check_person(services, visitor, wanted, here, nonce)
    except RedirectableError as error:
        if visitor is None:
            raise SignInFirst(here) from error
        with unit_of_work(services.engine, read_only=True) as session:
            return answer_redirectable(services, session, visitor.user.id, error)
    review = "" if wants_whole_page else review_link(request.url.path, query, proof)
    return show_consent(services, visitor, wanted, ConsentForm(query, proof=nonce, review=review))


@router.post("/authorize")
def authorization_decision(
    request: Request, services: PageServicesDep, browser: SignedIn, form: SessionForm
) -> Response:
    """303 to the app with a code or access_denied (never 307; RFC 9700 §4.12), or the form again."""
    try:
        asked = services.consent_requests.open(form.one("request"), browser)
        wanted = _validated(services, asked.query)
        if shown_digest(wanted) != asked.shown:
            note_refusal(Step.CONSENT, Reason.APP_CHANGED, client_id=wanted.client.client_id)
            anew = ConsentForm(asked.query, problem=CHANGED, proof=asked.proof)
            return show_consent(services, browser, wanted, anew, status=409)
        proof = _checked_answer(request, services, browser, wanted, asked, form)
        with unit_of_work(services.engine) as session:
            _check_still_there(session, wanted.client)
            location = decide(session, services.settings, browser, wanted, asked, form, proof)
    except StaleRequestError as error:
        raise forged_form(Step.CONSENT, error.reason) from error
    except UnusableChoiceError as problem:
        note_refusal(Step.CONSENT, Reason.CHOICE_UNUSABLE, client_id=wanted.client.client_id)
        again = ConsentForm(asked.query, read_choice(form), str(problem), problem.field, asked.proof)
        return show_consent(services, browser, wanted, again, status=400)
    except NotConfirmedError as problem:
        note_refusal(Step.CONSENT, problem.reason, client_id=wanted.client.client_id)
        review = review_link(request.url.path, asked.query) if form.one("remembered") else ""
        again = ConsentForm(asked.query, read_choice(form), str(problem), "password", asked.proof, review)
        return problem.come_back(show_consent(services, browser, wanted, again, status=problem.status))
    except RedirectableError as error:
        with unit_of_work(services.engine, read_only=True) as session:
            return answer_redirectable(services, session, browser.user.id, error)
    return RedirectResponse(location, 303)


def printable_query(request: Request) -> str:
    """The query as it came, raw bytes beyond printable ASCII percent-encoded, so that it can travel in our own URLs."""
    raw: bytes = request.scope["query_string"]
    return "".join(chr(byte) if 0x20 < byte < 0x7F else f"%{byte:02X}" for byte in raw)


def _document_id(query: str) -> str | None:
    """The client's id, if it is the only one and the address of a document."""
    try:
        ids = Parameters.parse(query.encode()).all("client_id")
    except TooManyParametersError:
        return None
    return ids[0] if len(ids) == 1 and is_document_id(ids[0]) else None


def _validated(services: PageServices, query: str) -> AuthorizationRequest:
    """Raises PageProblem and RedirectableError."""
    try:
        with unit_of_work(services.engine, read_only=True) as session:
            wanted = validate_authorization_request(session, services.settings, Parameters.parse(query.encode()))
            _check_trusted(session, wanted.client)
            return wanted
    except TooManyParametersError as error:
        raise page_problem(PageError(Reason.REQUEST_MALFORMED, error.description)) from error
    except PageError as error:
        raise page_problem(error) from error


def _check_trusted(session: Session, client: Client) -> None:
    """The rules may have changed since its document was read. Raises PageProblem."""
    if client.origin != ClientOrigin.DOCUMENT:
        return
    try:
        check_trusted(session, client.client_id)
    except DocumentError as error:
        raise document_page(error, client.client_id) from error


def _check_still_there(session: Session, client: Client) -> None:
    """It may have been deleted or blocked while a password was verified. Raises PageProblem."""
    found = session.get(Client, client.client_id)
    if found is None:
        raise page_problem(unknown_client(client.client_id))
    if found.blocked_at is not None:
        raise page_problem(blocked_client(found))


def _checked_answer(
    request: Request,
    services: PageServices,
    browser: SignedInBrowser,
    wanted: AuthorizationRequest,
    asked: ConsentRequest,
    form: Form,
) -> str:
    """The proof that an approval spends. The choice is looked at before the password, and before any transaction.

    Raises StaleRequestError, RedirectableError, UnusableChoiceError and NotConfirmedError.
    """
    if decision_in(form) is Decision.DENY:
        return ""
    check_rights(browser, wanted)
    approval_of(browser.user, wanted, form, services.settings.refresh_absolute)
    return require_presence(request, services, browser, asked, form)


def _answer_silently(services: PageServices, wanted: AuthorizationRequest, visitor: SignedInBrowser | None) -> Response:
    """OIDC Core §3.1.2.6: `prompt=none` asks not to show a page; consent is always asked, so it never succeeds."""
    if not wanted.client.is_trusted:
        raise asked_silently(wanted.client.client_id)
    needs_sign_in = visitor is None or wanted.openid.wants_sign_in(visitor.authenticated_at)
    code = "login_required" if needs_sign_in else "consent_required"
    description = "The person has to be asked: leave prompt=none out."
    client_id, reason = wanted.client.client_id, Reason.PERSON_NEEDED
    note_refusal(Step.AUTHORIZATION, reason, client_id=client_id)
    error = RedirectableError(code, description, wanted.redirect_uri, client_id, reason, wanted.state)
    return RedirectResponse(error_location(services, error), 303)
