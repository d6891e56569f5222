"""Open sign-up: an address first, then the link that proves it, and only then an account."""

from fastapi import APIRouter, Request, Response

from auth_server.membership.one_time_links import Purpose, find_link
from auth_server.membership.sign_up import sign_up, write_sign_up_letter
from auth_server.membership.your_account import confirm_address
from auth_server.models import OneTimeToken, User
from auth_server.people import InvalidPersonError, checked_email
from auth_server.routes.login import sign_in_and_go
from auth_server.settings import SignUp
from auth_server.sign_in.anonymous_pages import anonymous_page
from auth_server.sign_in.mail_limits import may_be_written_to
from auth_server.web.error_pages import PageProblem
from auth_server.web.mail_pages import check_your_mail, dead_link, peer_of, too_much_mail
from auth_server.web.own_paths import HOME
from auth_server.web.page_services import AnonymousForm, PageServices, PageServicesDep
from shared.database import unit_of_work
from shared.forms import Form
from shared.refusals import Reason, Step

router = APIRouter(include_in_schema=False)


@router.get("/sign-up")
def sign_up_page(request: Request, services: PageServicesDep) -> Response:
    """The form: an address and nothing else."""
    _require_open(services)
    return anonymous_page(request, services, "sign_up/sign_up.html", email="", errors={})


@router.post("/sign-up")
def ask(request: Request, services: PageServicesDep, form: AnonymousForm) -> Response:
    """The same answer whether or not the address has an account: the message says so instead."""
    _require_open(services)
    try:
        email = checked_email(form.one("email"))
    except InvalidPersonError as error:
        errors = {error.field: str(error)}
        return anonymous_page(request, services, "sign_up/sign_up.html", 400, email=form.one("email"), errors=errors)
    if not may_be_written_to(services.core.limiter, "sign-up", email, peer_of(request)):
        raise too_much_mail()
    services.core.outbox.later(lambda: write_sign_up_letter(services.core, email))
    return check_your_mail(services, email, "24 hours", is_sure=True)


@router.get("/verify-email")
def verify_page(request: Request, services: PageServicesDep, token: str = "") -> Response:
    """What the link is for: the rest of a new account, or another address; looking does not spend it."""
    return _link_page(request, services, Form({"token": [token]}))


@router.post("/verify-email")
def verify(request: Request, services: PageServicesDep, form: AnonymousForm) -> Response:
    """Makes the account and signs it in, or changes the address of one."""
    link = _look(services, form.one("token"))
    try:
        if link.purpose == Purpose.NEW_ADDRESS:
            return _change_address(services, form.one("token"))
        user = _make_account(services, form)
    except InvalidPersonError as error:
        return _link_page(request, services, form, {error.field: str(error)}, 400)
    return sign_in_and_go(request, services, user, services.paths.to(HOME))


def _make_account(services: PageServices, form: Form) -> User:
    with unit_of_work(services.engine) as session:
        user = sign_up(session, form.one("token"), form.one("password"), form.one("name"))
    if user is None:
        raise dead_link("/sign-up", "Sign up again")
    return user


def _change_address(services: PageServices, token: str) -> Response:
    with unit_of_work(services.engine) as session:
        changed = confirm_address(session, services.settings, token)
    if changed is None:
        raise dead_link("/account/you", "Your account")
    services.core.outbox.later(lambda: changed.notice)
    return services.pages.render("sign_up/address_changed.html", email=changed.email)


def _link_page(
    request: Request, services: PageServices, form: Form, errors: dict[str, str] | None = None, status: int = 200
) -> Response:
    link = _look(services, form.one("token"))
    facts = {"token": form.one("token"), "email": link.email, "name": form.one("name"), "errors": errors or {}}
    if link.purpose == Purpose.SIGN_UP:
        return anonymous_page(request, services, "sign_up/new_account.html", status, **facts)
    with unit_of_work(services.engine, read_only=True) as session:
        user = session.get(User, link.user_id)
    # Whoever reads this may have been sent the link by somebody else: it has to say whose account it is about.
    instead_of = user.email if user is not None else ""
    return anonymous_page(request, services, "sign_up/new_address.html", status, **facts, instead_of=instead_of)


def _look(services: PageServices, token: str) -> OneTimeToken:
    with unit_of_work(services.engine, read_only=True) as session:
        link = find_link(session, token, Purpose.SIGN_UP, Purpose.NEW_ADDRESS)
    if link is None or (link.purpose == Purpose.SIGN_UP and services.settings.sign_up is not SignUp.OPEN):
        raise dead_link("/login", "Sign in")
    return link


def _require_open(services: PageServices) -> None:
    if services.settings.sign_up is SignUp.OPEN:
        return
    raise PageProblem(
        "You need an invitation",
        "Nobody can make an account here on their own.",
        "Ask whoever runs this Ostiary to invite you. If you have an account, sign in.",
        step=Step.ACCOUNT,
        reason=Reason.SIGN_UP_OFF,
        status=403,
        link="/login",
        link_label="Sign in",
    )
