"""Whether the person who is signed in is the one a request is for: recently enough, and with the rights it needs."""

from auth_server.oauth.authorization_request import AuthorizationRequest
from auth_server.oauth.errors import RedirectableError
from auth_server.oauth.id_tokens import read_hint
from auth_server.spent_requests import is_spent
from auth_server.web.browser import SignedInBrowser
from auth_server.web.page_services import PageServices, SignInFirst
from shared.database import unit_of_work
from shared.refusals import Reason
from shared.scopes import Scope

SOMEBODY_ELSE = "Another person than the id_token_hint names is signed in."
NO_ADMINISTRATOR = "The person who is signed in is no administrator."


def check_person(
    services: PageServices, browser: SignedInBrowser, wanted: AuthorizationRequest, here: str, proof: str
) -> None:
    """OpenID Connect Core §3.1.2.1: `prompt=login`, `max_age` and `id_token_hint`.

    `proof` is the nonce of the sign-in that led here. Raises SignInFirst and RedirectableError.
    """
    with unit_of_work(services.engine, read_only=True) as session:
        has_just_signed_in = bool(proof) and not is_spent(session, proof)
        hint = read_hint(session, services.core, wanted.openid.id_token_hint)
    wants_sign_in = wanted.openid.wants_sign_in(browser.authenticated_at) or _has_no_other_proof(services, browser)
    if wants_sign_in and not has_just_signed_in:
        raise SignInFirst(here, again=True)
    if hint is not None and hint.subject != browser.user.id:
        raise _refused(wanted, "login_required", SOMEBODY_ELSE, Reason.PERSON_NEEDED)
    check_rights(browser, wanted)


def _has_no_other_proof(services: PageServices, browser: SignedInBrowser) -> bool:
    """On plain http the page asks for a password (AS-31), which people who sign in another way do not have."""
    return not services.settings.is_https and not browser.user.has_password


def check_rights(browser: SignedInBrowser, wanted: AuthorizationRequest) -> None:
    """Nobody gives rights they do not have (AS-65). Raises RedirectableError."""
    if Scope.ADMIN in wanted.scopes and not browser.user.is_admin:
        raise _refused(wanted, "access_denied", NO_ADMINISTRATOR, Reason.NOT_ADMINISTRATOR)


def _refused(wanted: AuthorizationRequest, code: str, description: str, reason: Reason) -> RedirectableError:
    return RedirectableError(code, description, wanted.redirect_uri, wanted.client.client_id, reason, wanted.state)
