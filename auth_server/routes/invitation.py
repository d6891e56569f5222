"""Accepting an invitation: a look at the link spends nothing, the form makes one account and signs it in."""

from fastapi import APIRouter, Request, Response

from auth_server.membership.invitations import accept_invitation, find_invitation
from auth_server.models import Invitation, User
from auth_server.people import InvalidPersonError
from auth_server.routes.login import sign_in_and_go
from auth_server.settings import SignUp
from auth_server.sign_in.anonymous_pages import anonymous_page
from auth_server.web.error_pages import PageProblem
from auth_server.web.own_paths import HOME
from auth_server.web.page_services import AnonymousForm, PageServices, PageServicesDep
from shared.database import unit_of_work
from shared.forms import Form
from shared.refusals import Reason, Step

router = APIRouter(include_in_schema=False)


@router.get("/invitation")
def invitation_page(request: Request, services: PageServicesDep, token: str = "") -> Response:
    """The form."""
    return _form_page(request, services, Form({"token": [token]}))


@router.post("/invitation")
def accept(request: Request, services: PageServicesDep, form: AnonymousForm) -> Response:
    """Makes the account and signs it in; what is refused leaves the link good."""
    try:
        user = _create_account(services, form)
    except InvalidPersonError as error:
        return _form_page(request, services, form, {error.field: str(error)}, 400)
    return sign_in_and_go(request, services, user, services.paths.to(HOME))


def _create_account(services: PageServices, form: Form) -> User:
    if services.settings.sign_up is SignUp.OFF:
        raise _dead_invitation()
    with unit_of_work(services.engine) as session:
        user = accept_invitation(session, form.one("token"), form.one("email"), form.one("password"), form.one("name"))
    if user is None:
        raise _dead_invitation()
    return user


def _form_page(
    request: Request, services: PageServices, form: Form, errors: dict[str, str] | None = None, status: int = 200
) -> Response:
    invitation, inviter = _look(services, form.one("token"))
    return anonymous_page(
        request,
        services,
        "sign_up/invitation.html",
        status,
        token=form.one("token"),
        invited=invitation.email,
        is_admin=invitation.is_admin,
        inviter=inviter,
        email=form.one("email"),
        name=form.one("name"),
        errors=errors or {},
    )


def _look(services: PageServices, token: str) -> tuple[Invitation, str]:
    """The open invitation, and who sent it. Raises PageProblem."""
    with unit_of_work(services.engine, read_only=True) as session:
        invitation = find_invitation(session, token)
        if invitation is None or services.settings.sign_up is SignUp.OFF:
            raise _dead_invitation()
        inviter = session.get(User, invitation.invited_by) if invitation.invited_by else None
        return invitation, (inviter.name or inviter.email) if inviter is not None else ""


def _dead_invitation() -> PageProblem:
    return PageProblem(
        "This invitation does not work",
        "It was accepted before, was taken back, or is too old.",
        "Sign in if you have an account. Otherwise ask whoever invited you for a new link.",
        step=Step.ACCOUNT,
        reason=Reason.INVITATION_DEAD,
        status=403,
        link="/login",
        link_label="Sign in",
    )
