"""The authenticator app: set up with a QR code drawn here, confirmed by a code, turned off again (RFC 6238)."""

from urllib.parse import urlsplit

import segno
from fastapi import APIRouter, Request, Response
from markupsafe import Markup

from auth_server.models import User
from auth_server.routes.account.security import SECURITY, back_to_security
from auth_server.sign_in.authenticator import Enrolment, turn_codes_off
from auth_server.sign_in.confirmation import NotConfirmedError, confirmation, require_confirmation
from auth_server.sign_in.recovery_codes import make_recovery_codes, recovery_codes_left
from auth_server.web.browser import SignedInBrowser
from auth_server.web.error_pages import forged_form
from auth_server.web.page_services import PageServices, PageServicesDep, SessionForm, SignedIn
from auth_server.web.signed_in_pages import account_page
from shared.database import unit_of_work
from shared.refusals import Reason, Step, note_refusal

router = APIRouter(include_in_schema=False)
PAGE = f"{SECURITY}/authenticator"


@router.get(PAGE)
def authenticator_page(services: PageServicesDep, browser: SignedIn) -> Response:
    """What it is for and how to begin, or since when it is on and how to end it."""
    return _state_page(services, browser)


@router.post(f"{PAGE}/new")
def offer(request: Request, services: PageServicesDep, browser: SignedIn, form: SessionForm) -> Response:
    """A new secret, on the answer to a confirmed form alone: no address shows it to whoever holds the cookie."""
    try:
        require_confirmation(request, services, browser, form)
    except NotConfirmedError as refusal:
        return _not_confirmed(services, browser, refusal)
    return _enrolment_page(services, browser, services.authenticator_apps.offer(browser))


@router.post(PAGE)
def turn_on(services: PageServicesDep, browser: SignedIn, form: SessionForm) -> Response:
    """Turns it on when a code comes back, and shows the recovery codes once."""
    enrolment = services.authenticator_apps.reopen(form.one("enrolment"), browser)
    if enrolment is None:
        raise forged_form(Step.ACCOUNT, Reason.FORM_STALE)
    with unit_of_work(services.engine) as session:
        is_on = services.authenticator_apps.turn_on(session, browser.user.id, enrolment, form.one("code"))
        codes = make_recovery_codes(session, browser.user.id) if is_on else ()
    if not is_on:
        note_refusal(Step.ACCOUNT, Reason.WRONG_CODE)
        problem = "That is not the code the app shows for this account now. Is the phone's clock right?"
        return _enrolment_page(services, browser, enrolment, problem, 400)
    return _codes_page(services, browser, codes)


@router.post(f"{PAGE}/change")
def change(request: Request, services: PageServicesDep, browser: SignedIn, form: SessionForm) -> Response:
    """Turns it off, or makes new recovery codes, by which button was pressed."""
    try:
        require_confirmation(request, services, browser, form)
    except NotConfirmedError as refusal:
        return _not_confirmed(services, browser, refusal)
    with unit_of_work(services.engine) as session:
        user = session.get_one(User, browser.user.id)
        if form.one("change") == "codes" and user.asks_code:
            return _codes_page(services, browser, make_recovery_codes(session, user.id))
        if form.one("change") == "off" and user.asks_code:
            turn_codes_off(session, user)
    return back_to_security(services, "codes-off")


def _state_page(services: PageServices, browser: SignedInBrowser, problem: str = "", status: int = 200) -> Response:
    with unit_of_work(services.engine, read_only=True) as session:
        left = recovery_codes_left(session, browser.user.id)
    return account_page(
        services,
        browser,
        "account/security/authenticator.html",
        SECURITY,
        status,
        since=browser.user.totp_confirmed_at,
        left=left,
        has_password=browser.user.has_password,
        confirmation=confirmation(services, browser, problem),
    )


def _not_confirmed(services: PageServices, browser: SignedInBrowser, refusal: NotConfirmedError) -> Response:
    note_refusal(Step.ACCOUNT, refusal.reason)
    return refusal.come_back(_state_page(services, browser, str(refusal), refusal.status))


def _enrolment_page(
    services: PageServices, browser: SignedInBrowser, enrolment: Enrolment, problem: str = "", status: int = 200
) -> Response:
    host = urlsplit(services.settings.issuer).netloc
    picture = segno.make_qr(enrolment.address(browser.user.email, host)).svg_inline(
        border=3, light="#fff", omitsize=True, svgclass="qr", lineclass=None
    )
    return account_page(
        services,
        browser,
        "account/security/enrolment.html",
        SECURITY,
        status,
        enrolment=enrolment,
        picture=Markup(picture),  # noqa: S704 (segno draws squares; no text of anybody's is in it)
        problem=problem,
    )


def _codes_page(services: PageServices, browser: SignedInBrowser, codes: tuple[str, ...]) -> Response:
    return account_page(services, browser, "account/security/recovery_codes.html", SECURITY, codes=codes)
