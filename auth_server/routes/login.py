"""Signing in and out (RFC 9700 §4.11, §4.12)."""

from typing import Annotated
from urllib.parse import parse_qs, urlencode, urlsplit

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from auth_server.client_identity import display_name
from auth_server.clients import find_client
from auth_server.models import User
from auth_server.own_pages import end_pages_of
from auth_server.sign_in.cookies import bind_form, form_secret, put_signed_in
from auth_server.sign_in.errand import is_request_of_an_app, login_hint, needs_proof
from auth_server.sign_in.login import SignInRefusedError, attempt_of, authenticate, start_browser_session
from auth_server.web.browser import close_browser_session, find_browser
from auth_server.web.content_policy import allow_script, new_script_nonce
from auth_server.web.forms import SubmittedForm
from auth_server.web.own_paths import HOME
from auth_server.web.page_services import AnonymousForm, PageServices, PageServicesDep, Visitor, refuse_forgery
from shared.database import unit_of_work
from shared.refusals import Step, note_refusal
from shared.secrets import digest

router = APIRouter(include_in_schema=False)
SAID = {
    "everywhere": "You are logged out everywhere: browsers, connected apps and API keys. Sign in to begin anew.",
    "password": "Your new password is set. Sign in with it.",
}
"""What was done before the page, by the word for it in the address."""


@router.get("/login")
def login_page(
    request: Request,
    services: PageServicesDep,
    visitor: Visitor,
    then: Annotated[str, Query(alias="next")] = "",
    again: str = "",
    done: str = "",
) -> Response:
    """The form; people who are signed in already go straight on, unless an app asks for a sign-in of now."""
    target = services.paths.checked(then)
    if visitor is not None and not again:
        return RedirectResponse(target, 303)
    known = visitor.user.email if visitor is not None else ""
    email = login_hint(services, target) or known
    return login_form(request, services, target, email, said=SAID.get(done, ""))


@router.post("/login")
def login(request: Request, services: PageServicesDep, form: AnonymousForm) -> Response:
    """303 to where the person was going, or to the page that asks for a code, or the form again with one sentence."""
    target = services.paths.checked(form.one("next"))
    try:
        attempt = attempt_of(request, services, form.one("email"), form.one("password"))
        user = authenticate(services, attempt, is_whole=False)
    except SignInRefusedError as refusal:
        note_refusal(Step.SIGN_IN, refusal.reason)
        email = form.one("email")
        return login_form(request, services, target, email, refusal.sentence, refusal.status, refusal.retry_after)
    if user.asks_code:
        step = services.second_steps.begin(user, target, request.cookies.get(services.cookies.form, ""))
        return RedirectResponse(f"{services.paths.to('/login/code')}?{urlencode({'step': step})}", 303)
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
            end_pages_of(session, visitor.user.id)
        services.cookies.drop(response, services.cookies.session)
    return response


def sign_in_and_go(request: Request, services: PageServices, user: User, target: str, methods: str = "pwd") -> Response:
    """A new session under a new cookie, and on to `target` with a GET, with a proof if an app waits on plain http."""
    with unit_of_work(services.engine) as session:
        earlier = find_browser(session, services.settings, request.cookies.get(services.cookies.session))
        secret = start_browser_session(request, services, session, user, methods)
    if needs_proof(services, target):
        target = services.sign_in_proofs.add(target, secret)
    elif earlier is not None and earlier.user.id == user.id and not services.settings.is_https:
        # Signed in again as the same person: that confirms one grave form of the page they come from.
        target = services.sign_in_proofs.add_confirmation(target, secret)
    response = RedirectResponse(target, 303)
    put_signed_in(request, response, services, user, secret)
    return response


def login_form(
    request: Request,
    services: PageServices,
    target: str,
    email: str = "",
    problem: str = "",
    status: int = 200,
    retry_after: int = 0,
    *,
    said: str = "",
) -> Response:
    """The sign-in page, bound to this browser; its one script asks for a passkey."""
    secret, nonce, passkeys = form_secret(request, services), new_script_nonce(), services.passkeys
    response = services.pages.render(
        "login.html",
        status,
        csrf_token=services.token_for(secret),
        **_where_it_leads(services, target),
        email=email,
        problem=problem,
        said=said,
        providers=services.upstream.providers,
        question=passkeys.ask_to_use(digest(secret)) if passkeys.is_possible else None,
        script_nonce=nonce,
    )
    if retry_after:
        response.headers["Retry-After"] = str(retry_after)
    return bind_form(allow_script(response, nonce), services, secret)


def _where_it_leads(services: PageServices, target: str) -> dict[str, object]:
    return {
        "next": target,
        "next_app": _app_waiting(services, target),
        "app_waits": is_request_of_an_app(services, target),
        "leads_home": target == services.paths.to(HOME),
    }


def _app_waiting(services: PageServices, target: str) -> str:
    """The name of the app that waits behind the sign-in, or nothing."""
    if not is_request_of_an_app(services, target):
        return ""
    client_id = parse_qs(urlsplit(target).query).get("client_id", [""])[0]
    with unit_of_work(services.engine, read_only=True) as session:
        client = find_client(session, client_id)
    return display_name(client) if client else ""
