"""A new password, or a first one (AS-37): the current one confirms it, and what it opened elsewhere ends."""

from fastapi import APIRouter, Request, Response

from auth_server.people import InvalidPersonError, check_password, set_password
from auth_server.routes.account.security import SECURITY, back_to_security
from auth_server.sign_in.confirmation import (
    Confirmation,
    NotConfirmedError,
    confirmation,
    require_confirmation,
    require_password,
)
from auth_server.sign_in.cookies import put_signed_in
from auth_server.web.browser import SignedInBrowser, open_browser_session
from auth_server.web.page_services import PageServices, PageServicesDep, SessionForm, SignedIn
from auth_server.web.signed_in_pages import account_page
from shared.database import unit_of_work
from shared.forms import Form
from shared.refusals import Step, note_refusal

router = APIRouter(include_in_schema=False)
PAGE = f"{SECURITY}/password"


@router.get(PAGE)
def password_page(services: PageServicesDep, browser: SignedIn) -> Response:
    """The form, and what a new password ends."""
    return _form_page(services, browser)


@router.post(PAGE)
def change_password(request: Request, services: PageServicesDep, browser: SignedIn, form: SessionForm) -> Response:
    """Ends every session and grant, and signs this browser in again: a copy of its cookie is worth nothing then."""
    wanted = form.one("new_password")
    try:
        check_password(wanted)
        _confirm(request, services, browser, form)
    except InvalidPersonError as refusal:
        return _form_page(services, browser, new_problem=str(refusal), status=400)
    except NotConfirmedError as refusal:
        note_refusal(Step.ACCOUNT, refusal.reason)
        return refusal.come_back(_form_page(services, browser, str(refusal), status=refusal.status))
    with unit_of_work(services.engine) as session:
        user = set_password(session, browser.user.email, wanted)
        secret = open_browser_session(
            session,
            user,
            services.settings,
            methods=browser.methods,
            user_agent=request.headers.get("user-agent", ""),
            address=request.client.host if request.client else "",
        )
    response = back_to_security(services, "password")
    put_signed_in(request, response, services, browser.user, secret)
    return response


def _confirm(request: Request, services: PageServices, browser: SignedInBrowser, form: Form) -> None:
    """With the current password, however recent the sign-in was; who has none confirms as for anything grave."""
    if browser.user.has_password:
        require_password(request, services, browser, form)
    else:
        require_confirmation(request, services, browser, form)


def _form_page(
    services: PageServices, browser: SignedInBrowser, problem: str = "", new_problem: str = "", status: int = 200
) -> Response:
    has_password = browser.user.has_password
    return account_page(
        services,
        browser,
        "account/security/password.html",
        SECURITY,
        status,
        confirmation=Confirmation(True, problem) if has_password else confirmation(services, browser, problem),
        has_password=has_password,
        new_problem=new_problem,
    )
