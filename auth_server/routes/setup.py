"""The first administrator, by the one-time link from the console (AS-119)."""

from fastapi import APIRouter, Request, Response

from auth_server.audit_log.audit import AuditKind, record
from auth_server.membership.setup_links import is_good_link, spend_link
from auth_server.models import User
from auth_server.people import InvalidPersonError, create_user
from auth_server.routes.login import sign_in_and_go
from auth_server.sign_in.anonymous_pages import anonymous_page
from auth_server.web.error_pages import PageProblem
from auth_server.web.own_paths import HOME
from auth_server.web.page_services import AnonymousForm, PageServices, PageServicesDep
from shared.database import unit_of_work
from shared.forms import Form
from shared.refusals import Reason, Step

router = APIRouter(include_in_schema=False)


@router.get("/setup")
def setup_page(request: Request, services: PageServicesDep, token: str = "") -> Response:
    """The form; looking at it does not spend the link."""
    with unit_of_work(services.engine, read_only=True) as session:
        if not is_good_link(session, token):
            raise _dead_link()
    return _form_page(request, services, token)


@router.post("/setup")
def setup(request: Request, services: PageServicesDep, form: AnonymousForm) -> Response:
    """Creates the administrator and signs them in; a refused address or password leaves the link good."""
    try:
        user = _create_administrator(services, form)
    except InvalidPersonError as error:
        return _form_page(request, services, form.one("token"), form.one("email"), {error.field: str(error)}, 400)
    return sign_in_and_go(request, services, user, services.paths.to(HOME))


def _create_administrator(services: PageServices, form: Form) -> User:
    with unit_of_work(services.engine) as session:
        if not spend_link(session, form.one("token")):
            raise _dead_link()
        user = create_user(session, form.one("email"), form.one("password"), is_admin=True)
        record(session, AuditKind.ADMINISTRATOR_CREATED, user_id=user.id)
    return user


def _form_page(
    request: Request,
    services: PageServices,
    token: str,
    email: str = "",
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    return anonymous_page(
        request,
        services,
        "setup.html",
        status,
        token=token,
        email=email,
        errors=errors or {},
    )


def _dead_link() -> PageProblem:
    return PageProblem(
        "This setup link does not work",
        "It was used before, is older than a day, or an administrator exists already.",
        "Sign in if you have an account. Otherwise ask whoever runs this server for a new link: "
        "starting it prints one while there is no administrator.",
        step=Step.ACCOUNT,
        reason=Reason.SETUP_LINK_DEAD,
        status=403,
        link_label="Sign in",
        link="/login",
    )
