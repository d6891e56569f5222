"""Inviting somebody, taking an invitation back, and giving a service an account."""

from fastapi import APIRouter, Request, Response

from auth_server.administrators import AdminUser
from auth_server.keys.service_accounts import InvalidServiceNameError, find_service, service_account
from auth_server.mail.letters import invitation_letter
from auth_server.membership.invitations import NewInvitation, invite, revoke_invitation
from auth_server.people import InvalidPersonError
from auth_server.routes.admin.person_acts import HERE
from auth_server.routes.admin.returning import back_to
from auth_server.sign_in.confirmation import NotConfirmedError, confirmation, require_confirmation
from auth_server.web.browser import SignedInBrowser
from auth_server.web.page_services import PageServices, PageServicesDep, SessionForm
from auth_server.web.signed_in_pages import admin_page
from shared.database import unit_of_work
from shared.forms import Form
from shared.refusals import Step, note_refusal

router = APIRouter(include_in_schema=False)
INVITE, SERVICE = f"{HERE}/invite", f"{HERE}/new-service"


@router.get(INVITE)
def invite_page(services: PageServicesDep, browser: AdminUser) -> Response:
    """The form."""
    return _invite_form(services, browser, Form())


@router.post(INVITE)
def invite_somebody(request: Request, services: PageServicesDep, browser: AdminUser, form: SessionForm) -> Response:
    """The link, this once; it goes to the address too if one is named and there is a mail server."""
    try:
        require_confirmation(request, services, browser, form)
        with unit_of_work(services.engine) as session:
            email, is_admin = form.one("email"), form.one("is_admin") == "yes"
            made = invite(session, services.settings, email, is_admin=is_admin, by=browser.user.id)
    except NotConfirmedError as refusal:
        note_refusal(Step.ACCOUNT, refusal.reason)
        page = _invite_form(services, browser, form, password_problem=str(refusal), status=refusal.status)
        return refusal.come_back(page)
    except InvalidPersonError as wrong:
        return _invite_form(services, browser, form, problem=str(wrong), status=400)
    _write(services, browser, made)
    whom = made.invitation.email or "Whoever has the link"
    return admin_page(
        services,
        browser,
        "admin/shown_once.html",
        HERE,
        title=f"{whom} is invited",
        secrets=[("Link", made.link)],
        back=f"{HERE}?kind=invited",
        back_label="All invitations",
    )


@router.post(f"{HERE}/invitations/withdraw")
def withdraw(services: PageServicesDep, browser: AdminUser, form: SessionForm) -> Response:
    """Its link is good for nothing any more; doing so twice changes nothing."""
    with unit_of_work(services.engine) as session:
        revoke_invitation(session, form.one("invitation"), by=browser.user.id)
    return back_to(services, HERE, kind="invited", done="withdrawn")


@router.get(SERVICE)
def service_page(services: PageServicesDep, browser: AdminUser) -> Response:
    """The form."""
    return admin_page(services, browser, "admin/new_service.html", HERE, name="", problem="")


@router.post(SERVICE)
def create_service(services: PageServicesDep, browser: AdminUser, form: SessionForm) -> Response:
    """An account that opens nothing before it gets a key."""
    name = form.one("name").strip()
    try:
        with unit_of_work(services.engine) as session:
            if find_service(session, name) is not None:
                raise InvalidServiceNameError("There is a service of this name.")
            account = service_account(session, name, by=browser.user.id)
    except InvalidServiceNameError as wrong:
        context = {"name": name, "problem": str(wrong)}
        return admin_page(services, browser, "admin/new_service.html", HERE, 400, **context)
    return back_to(services, f"{HERE}/{account.id}", done="service")


def _invite_form(
    services: PageServices,
    browser: SignedInBrowser,
    form: Form,
    *,
    problem: str = "",
    password_problem: str = "",
    status: int = 200,
) -> Response:
    return admin_page(
        services,
        browser,
        "admin/invite.html",
        HERE,
        status,
        wanted_email=form.one("email"),
        is_admin_wanted=form.one("is_admin") == "yes",
        problem=problem,
        confirmation=confirmation(services, browser, password_problem),
        sends_mail=services.core.outbox.has_server,
    )


def _write(services: PageServices, browser: SignedInBrowser, made: NewInvitation) -> None:
    if made.invitation.email and services.core.outbox.has_server:
        inviter = browser.user.name or browser.user.email
        letter = invitation_letter(made.invitation.email, made.link, inviter, services.settings.issuer)
        services.core.outbox.later(lambda: letter)
