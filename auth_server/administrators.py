"""Who may administer: by a page, a signed-in administrator; by the API, a credential with the scope `admin`."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from limits import RateLimitItemPerMinute
from sqlmodel import Session

from auth_server.dependencies import ServicesDep
from auth_server.keys.api_keys import PREFIX, find_key, is_usable_key
from auth_server.models import Grant, User
from auth_server.oauth.jwt_access_tokens import read_access_token
from auth_server.oauth.token_response import is_usable
from auth_server.services import Services
from auth_server.web.browser import SignedInBrowser
from auth_server.web.error_pages import PageProblem
from auth_server.web.page_services import SignedIn
from auth_server.web.refused_requests import RefusedRequestError
from shared.credential_forms import Form, form_of
from shared.database import unit_of_work
from shared.networks import network_of
from shared.refusals import Reason, Step
from shared.scopes import Scope, parse_scope

GUESSES = RateLimitItemPerMinute(60)
"""Keys of an operator's own making that one network may try in vain: whether there is one, this API tells, too."""


def administrator(browser: SignedIn) -> SignedInBrowser:
    """The administrator who looks at the page. Raises SignInFirst, and PageProblem 403 for everybody else."""
    if not browser.user.is_admin:
        raise PageProblem(
            "This page is for administrators",
            "Your account has no rights of an administrator here.",
            "Ask an administrator if you need them.",
            step=Step.ACCOUNT,
            reason=Reason.NOT_ADMINISTRATOR,
            status=403,
            link="/account/apps",
            link_label="Your connected apps",
        )
    return browser


AdminUser = Annotated[SignedInBrowser, Depends(administrator)]


@dataclass(frozen=True)
class ApiAdministrator:
    """Who calls the administration API: an account, or a client in its own name."""

    subject: str


def api_administrator(request: Request, services: ServicesDep) -> ApiAdministrator:
    """By `Authorization: Bearer` or `X-API-Key`; cookies do not count. Raises RefusedRequestError 401, 403, 429."""
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    credential = bearer.strip() if scheme.lower() == "bearer" else request.headers.get("x-api-key", "")
    guess = ("guesses of", network_of(request.client.host if request.client else "")) if _may_guess(credential) else ()
    if guess and not services.limiter.test(GUESSES, *guess):
        raise _too_many_guesses()
    with unit_of_work(services.engine, read_only=True) as session:
        known = _of_key(session, credential) or _of_token(session, services, credential)
        if known is None:
            if guess:
                services.limiter.hit(GUESSES, *guess)
            description = "A live access token for this API, or an API key, is needed."
            challenge = {"WWW-Authenticate": 'Bearer realm="ostiary administration", scope="admin"'}
            reason, code = Reason.CREDENTIAL_WRONG, "invalid_token"
            raise RefusedRequestError(Step.ACCOUNT, reason, 401, description, challenge, code)
        subject, scopes = known
        if Scope.ADMIN not in scopes or not _may_administer(session, subject):
            description = "The credential needs the scope admin, and its owner the rights of an administrator."
            challenge = {"WWW-Authenticate": 'Bearer error="insufficient_scope", scope="admin"'}
            reason, code = Reason.NOT_ADMINISTRATOR, "insufficient_scope"
            raise RefusedRequestError(Step.ACCOUNT, reason, 403, description, challenge, code)
        return ApiAdministrator(subject)


ApiAdmin = Annotated[ApiAdministrator, Depends(api_administrator)]

Known = tuple[str, tuple[Scope, ...]]


def _may_guess(credential: str) -> bool:
    """Whether it may be a key that a person thought of: ours, and tokens, nobody guesses."""
    return bool(credential) and form_of(credential) is Form.KEY and not credential.startswith(f"{PREFIX}_")


def _too_many_guesses() -> RefusedRequestError:
    description = "Too many keys from there were none. Wait a minute."
    return RefusedRequestError(Step.ACCOUNT, Reason.TOO_MANY_ATTEMPTS, 429, description, {"Retry-After": "60"})


def _of_key(session: Session, credential: str) -> Known | None:
    key = find_key(session, credential) if credential else None
    return (key.user_id, key.scopes) if key is not None and is_usable_key(session, key) else None


def _of_token(session: Session, services: Services, credential: str) -> Known | None:
    """A token for this API alone: one for memories opens nothing here (RFC 9068 §4)."""
    claims = read_access_token(session, services, credential)
    if claims is None or claims["aud"] != services.settings.admin_resource:
        return None
    grant = session.get(Grant, claims["grant_id"])
    if grant is None or not is_usable(session, grant):
        return None
    named = set(parse_scope(claims["scope"]))
    return grant.subject, tuple(scope for scope in grant.scopes if scope in named)


def _may_administer(session: Session, subject: str) -> bool:
    """A person must be an administrator now; a client and a service account got the scope from one."""
    user = session.get(User, subject)
    return user is None or (user.disabled_at is None and (user.is_admin or not user.is_person))
