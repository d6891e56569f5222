"""Signing in and out (RFC 9700 §4.11, §4.12)."""

from typing import Annotated
from urllib.parse import parse_qs, urlsplit

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from auth_server.browser import close_browser_session
from auth_server.client_identity import display_name
from auth_server.clients import find_client
from auth_server.forms import Form, SubmittedForm
from auth_server.login import (
    Attempt,
    TooManyAttemptsError,
    WrongCredentialsError,
    authenticate,
    start_browser_session,
)
from auth_server.models import User
from auth_server.page_services import AnonymousForm, PageServices, PageServicesDep, Visitor, refuse_forgery
from auth_server.passwords import RETRY_AFTER_SECONDS, PasswordQueueFullError
from auth_server.sign_in_cookies import bind_form, form_secret, put_signed_in
from shared.database import unit_of_work

router = APIRouter(include_in_schema=False)


@router.get("/login")
def login_page(
    request: Request, services: PageServicesDep, visitor: Visitor, then: Annotated[str, Query(alias="next")] = ""
) -> Response:
    """The form; people who are signed in already go straight on."""
    target = services.paths.checked(then)
    if visitor is not None:
        return RedirectResponse(target, 303)
    return _form_page(request, services, target)


@router.post("/login")
def login(request: Request, services: PageServicesDep, form: AnonymousForm) -> Response:
    """303 to where the person was going, or the form again with one sentence."""
    target = services.paths.checked(form.one("next"))
    try:
        user = authenticate(services, _attempt(request, services, form))
    except WrongCredentialsError:
        problem = "That e-mail address and password do not belong together. Try again."
        return _form_page(request, services, target, form.one("email"), problem, 400)
    except TooManyAttemptsError as refusal:
        problem = f"Too many attempts. Wait {_minutes(refusal.seconds)} and try again."
        return _form_page(request, services, target, form.one("email"), problem, 429, refusal.seconds)
    except PasswordQueueFullError:
        problem = "Many people are signing in right now. Try again in a few seconds."
        return _form_page(request, services, target, form.one("email"), problem, 503, RETRY_AFTER_SECONDS)
    return sign_in_and_go(request, services, user, target)


@router.post("/logout")
def logout(request: Request, services: PageServicesDep, visitor: Visitor, form: SubmittedForm) -> Response:
    """Ends this browser's session, here and in the database; somebody else may go on to `next`.

    A stale tab, where nobody is signed in any more, leads to the sign-in page and changes no cookie: another site's
    form arrives without our session (SameSite) and must not end it.
    """
    response = RedirectResponse(services.paths.login(services.paths.checked(form.one("next"))), 303)
    if visitor is not None:
        refuse_forgery(request, services, visitor.secret, form)
        with unit_of_work(services.engine) as session:
            close_browser_session(session, visitor.secret)
        services.cookies.drop(response, services.cookies.session)
    return response


def sign_in_and_go(request: Request, services: PageServices, user: User, target: str) -> Response:
    """A new session under a new cookie, and on to `target` with a GET."""
    with unit_of_work(services.engine) as session:
        secret = start_browser_session(services, session, user, request.cookies.get(services.cookies.session))
    response = RedirectResponse(target, 303)
    put_signed_in(request, response, services, user, secret)
    return response


def _form_page(
    request: Request,
    services: PageServices,
    target: str,
    email: str = "",
    problem: str = "",
    status: int = 200,
    retry_after: int = 0,
) -> Response:
    secret = form_secret(request, services)
    response = services.pages.render(
        "login.html",
        status,
        csrf_token=services.token_for(secret),
        next=target,
        next_app=_app_waiting(services, target),
        email=email,
        problem=problem,
    )
    if retry_after:
        response.headers["Retry-After"] = str(retry_after)
    return bind_form(response, services, secret)


def _attempt(request: Request, services: PageServices, form: Form) -> Attempt:
    return Attempt(
        email=form.one("email"),
        password=form.one("password"),
        address=request.client.host if request.client else "",
        device=services.devices.read(request.cookies.get(services.cookies.device)),
    )


def _app_waiting(services: PageServices, target: str) -> str:
    """The name of the app that waits behind the sign-in, or nothing."""
    parts = urlsplit(target)
    client_id = parse_qs(parts.query).get("client_id", [""])[0]
    if parts.path != services.paths.to("/authorize"):
        return ""
    with unit_of_work(services.engine, read_only=True) as session:
        client = find_client(session, client_id)
    return display_name(client) if client else ""


def _minutes(seconds: int) -> str:
    minutes = -(-seconds // 60)
    if minutes < 60:
        return "a minute" if minutes == 1 else f"{minutes} minutes"
    hours = -(-minutes // 60)
    return "an hour" if hours == 1 else f"{hours} hours"
