"""OpenID Connect RP-Initiated Logout 1.0: an app sends somebody here to sign out. GET asks, POST does it."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from auth_server.audit_log.audit import AuditKind, record
from auth_server.client_identity import display_name, redirect_target
from auth_server.oauth.errors import PageError
from auth_server.oauth.logout_request import SINGLE, LogoutRequest, read_logout_request
from auth_server.oauth.requests import Parameters, TooManyParametersError
from auth_server.own_pages import end_pages_of
from auth_server.web.browser import close_browser_session
from auth_server.web.error_pages import PageProblem
from auth_server.web.page_services import PageServices, PageServicesDep, SessionForm, SignedIn, Visitor
from shared.database import unit_of_work
from shared.refusals import Reason, Step

router = APIRouter(include_in_schema=False)


@router.get("/end-session")
def end_session_page(request: Request, services: PageServicesDep, visitor: Visitor) -> Response:
    """Asks whether to sign out; who is signed out already is told so, with the way back to the app as a link."""
    wanted = _checked(services, request.scope["query_string"])
    if visitor is None:
        return _signed_out(services, wanted)
    return services.pages.render(
        "end_session.html",
        200,
        **_about(wanted),
        email=visitor.user.email,
        csrf_token=services.token_for(visitor.secret),
        carried=_carried(wanted),
    )


@router.post("/end-session")
def end_session(services: PageServicesDep, browser: SignedIn, form: SessionForm) -> Response:
    """Ends this browser's session, and goes back to the app if it has registered where."""
    pairs = [(name, form.one(name)) for name in SINGLE]
    wanted = _read(services, Parameters(pairs))
    with unit_of_work(services.engine) as session:
        close_browser_session(session, browser.secret)
        end_pages_of(session, browser.user.id)
        record(session, AuditKind.SIGNED_OUT, user_id=browser.user.id)
    answer = RedirectResponse(wanted.location, 303) if wanted.location else _signed_out(services, wanted)
    services.cookies.drop(answer, services.cookies.session)
    return answer


def _checked(services: PageServices, query: bytes) -> LogoutRequest:
    try:
        return _read(services, Parameters.parse(query))
    except TooManyParametersError as error:
        raise _problem(PageError(Reason.REQUEST_MALFORMED, error.description)) from error


def _read(services: PageServices, parameters: Parameters) -> LogoutRequest:
    """Raises PageProblem."""
    try:
        with unit_of_work(services.engine, read_only=True) as session:
            return read_logout_request(session, services.core, parameters)
    except PageError as error:
        raise _problem(error) from error


def _signed_out(services: PageServices, wanted: LogoutRequest) -> Response:
    """An anonymous browser is never sent on by itself: anybody may register an app, and its address with it."""
    return services.pages.render("signed_out.html", 200, **_about(wanted), location=wanted.location)


def _about(wanted: LogoutRequest) -> dict[str, object]:
    uri = wanted.post_logout_redirect_uri
    app = display_name(wanted.client) if wanted.client is not None else ""
    return {"app": app, "target": redirect_target(uri) if uri else None}


def _carried(wanted: LogoutRequest) -> dict[str, str]:
    """What the form sends again; it is checked again."""
    client_id = wanted.client.client_id if wanted.client is not None else ""
    values = {"client_id": client_id, "post_logout_redirect_uri": wanted.post_logout_redirect_uri}
    return {name: value for name, value in (values | {"state": wanted.state}).items() if value}


def _problem(error: PageError) -> PageProblem:
    return PageProblem(
        "You are not signed out",
        error.description,
        error.next_step,
        step=Step.ACCOUNT,
        reason=error.reason,
        client_id=error.client_id,
        link="/account/apps",
        link_label="Your account",
    )
