"""A forgotten password: /forgot-password always answers alike, /reset-password takes the new one."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from auth_server.mail.letters import Letter
from auth_server.membership.password_reset import is_reset_link, reset_password, write_reset_letter
from auth_server.people import InvalidPersonError, checked_email
from auth_server.sign_in.anonymous_pages import anonymous_page
from auth_server.sign_in.mail_limits import may_be_written_to
from auth_server.web.mail_pages import check_your_mail, dead_link, peer_of, too_much_mail
from auth_server.web.own_paths import HOME
from auth_server.web.page_services import AnonymousForm, PageServices, PageServicesDep
from shared.database import unit_of_work
from shared.forms import Form

router = APIRouter(include_in_schema=False)


@router.get("/forgot-password")
def forgot_page(request: Request, services: PageServicesDep) -> Response:
    """The form: an address."""
    return anonymous_page(request, services, "sign_up/forgot_password.html", email="", errors={})


@router.post("/forgot-password")
def forgot(request: Request, services: PageServicesDep, form: AnonymousForm) -> Response:
    """One answer for every address. Whose it is, if anybody's, is looked up after this answer has left."""
    try:
        email = checked_email(form.one("email"))
    except InvalidPersonError as error:
        errors = {error.field: str(error)}
        return anonymous_page(
            request, services, "sign_up/forgot_password.html", 400, email=form.one("email"), errors=errors
        )
    if not may_be_written_to(services.core.limiter, "password reset", email, peer_of(request)):
        raise too_much_mail()
    services.core.outbox.later(lambda: write_reset_letter(services.core, email))
    return check_your_mail(services, email, "an hour", is_sure=False)


@router.get("/reset-password")
def reset_page(request: Request, services: PageServicesDep, token: str = "") -> Response:
    """The form; looking at it does not spend the link."""
    return _reset_form(request, services, token)


@router.post("/reset-password")
def reset(request: Request, services: PageServicesDep, form: AnonymousForm) -> Response:
    """Sets the password and goes on to the sign-in page, which asks for whatever else the account needs."""
    try:
        notice = _reset(services, form)
    except InvalidPersonError as error:
        return _reset_form(request, services, form.one("token"), {error.field: str(error)}, 400)
    services.core.outbox.later(lambda: notice)
    return RedirectResponse(f"{services.paths.login(services.paths.to(HOME))}&done=password", 303)


def _reset(services: PageServices, form: Form) -> Letter:
    with unit_of_work(services.engine) as session:
        notice = reset_password(session, services.settings, form.one("token"), form.one("password"))
    if notice is None:
        raise dead_link("/forgot-password", "Ask for a new link")
    return notice


def _reset_form(
    request: Request, services: PageServices, token: str, errors: dict[str, str] | None = None, status: int = 200
) -> Response:
    with unit_of_work(services.engine, read_only=True) as session:
        if not is_reset_link(session, token):
            raise dead_link("/forgot-password", "Ask for a new link")
    return anonymous_page(request, services, "sign_up/reset_password.html", status, token=token, errors=errors or {})
