"""What speaks for a person: ways to sign in, signed-in browsers, and the end of all of it (AS-37, AS-96)."""

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from auth_server.connected_apps import connected_apps
from auth_server.keys.api_keys import keys_of
from auth_server.sign_in.passkeys import passkeys_of
from auth_server.sign_in.recovery_codes import recovery_codes_left
from auth_server.sign_in.sessions import end_browser, sign_out_everywhere, signed_in_browsers
from auth_server.upstream.accounts import linked_providers
from auth_server.web.error_pages import PageProblem
from auth_server.web.page_services import PageServices, PageServicesDep, SessionForm, SignedIn
from auth_server.web.signed_in_pages import account_page
from shared.database import unit_of_work
from shared.refusals import Reason, Step

SECURITY = "/account/security"
DONE = {
    "password": "The password is changed. Every other browser is signed out, and every app disconnected.",
    "passkey-added": "The passkey is there. Sign in with it from now on.",
    "passkey-renamed": "The passkey has its new name.",
    "passkey-removed": "The passkey is removed. Nobody signs in with it any more.",
    "codes-off": "The authenticator app is turned off. Your password alone signs you in.",
    "linked": "The account is linked. You can sign in with it from now on.",
    "unlinked": "The account is not linked any more.",
    "browser": "That browser is signed out.",
}
"""What has just been done, by the name that stands in the address."""

router = APIRouter(include_in_schema=False)


@router.get(SECURITY)
def security_page(services: PageServicesDep, browser: SignedIn, done: str = "") -> Response:
    """The overview; each change has a page of its own."""
    with unit_of_work(services.engine, read_only=True) as session:
        browsers = signed_in_browsers(session, services.settings, browser.user.id, browser.session_id)
        passkeys = passkeys_of(session, browser.user.id)
        codes_left = recovery_codes_left(session, browser.user.id)
        providers = linked_providers(session, services.upstream.providers, browser.user.id)
    return account_page(
        services,
        browser,
        "account/security.html",
        SECURITY,
        done=DONE.get(done, ""),
        has_password=browser.user.has_password,
        passkeys=passkeys,
        makes_passkeys=services.passkeys.is_possible,
        codes_since=browser.user.totp_confirmed_at,
        codes_left=codes_left,
        browsers=browsers,
        providers=providers,
    )


@router.post(f"{SECURITY}/browsers/end")
def end_one_browser(services: PageServicesDep, browser: SignedIn, form: SessionForm) -> Response:
    """Signs out the browser whose session the field `session` names."""
    with unit_of_work(services.engine) as session:
        if not end_browser(session, browser.user.id, form.one("session")):
            raise _already_gone()
    return back_to_security(services, "browser")


@router.get(f"{SECURITY}/log-out-everywhere")
def ending_page(services: PageServicesDep, browser: SignedIn) -> Response:
    """What would end, before anything does."""
    with unit_of_work(services.engine, read_only=True) as session:
        return account_page(
            services,
            browser,
            "account/security/log_out_everywhere.html",
            SECURITY,
            browsers=signed_in_browsers(session, services.settings, browser.user.id, browser.session_id),
            apps=connected_apps(session, browser.user.id),
            keys=[key for key in keys_of(session, browser.user.id) if key.is_live()],
        )


@router.post(f"{SECURITY}/log-out-everywhere")
def log_out_everywhere(services: PageServicesDep, browser: SignedIn, _form: SessionForm) -> Response:
    """Ends all of it in one transaction, this browser too.

    No password is asked for: whoever presses it in a hurry has a reason, and nothing is gained by ending things.
    """
    with unit_of_work(services.engine) as session:
        sign_out_everywhere(session, browser.user.id)
    response = RedirectResponse(f"{services.paths.login(services.paths.to(SECURITY))}&done=everywhere", 303)
    services.cookies.drop(response, services.cookies.session)
    return response


def back_to_security(services: PageServices, done: str) -> Response:
    """303 to the overview, which says what has been done."""
    return RedirectResponse(f"{services.paths.to(SECURITY)}?done={done}", 303)


def _already_gone() -> PageProblem:
    return PageProblem(
        "This browser is not signed in any more",
        "It was signed out before, or its time was over.",
        "Security shows where you are signed in now.",
        step=Step.ACCOUNT,
        reason=Reason.NOT_CONNECTED,
        status=404,
        link=SECURITY,
        link_label="Security",
    )
