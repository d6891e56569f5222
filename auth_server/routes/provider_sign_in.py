"""Signing in with another provider: its button sets out, its answer yields a session and nothing else (AS-32)."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from limits import RateLimitItemPerMinute

from auth_server.models import User
from auth_server.oauth.requests import Parameters, TooManyParametersError
from auth_server.provider_problems import (
    account_turned_off,
    address_taken,
    identity_of_another,
    identity_unknown,
    no_such_provider,
    not_signed_in_there,
    provider_failed,
    sign_in_stale,
    too_many_tries,
)
from auth_server.routes.account.security import SECURITY
from auth_server.routes.login import sign_in_and_go
from auth_server.sign_in.cookies import bind_form, form_secret
from auth_server.upstream.accounts import AddressTakenError, OtherPersonError, UnknownIdentityError, link, person_of
from auth_server.upstream.conversation import authorization_url, redeem
from auth_server.upstream.errors import UpstreamError
from auth_server.upstream.identities import Identity
from auth_server.upstream.providers import Provider
from auth_server.upstream.sign_ins import Errand, come_back, set_out
from auth_server.web.error_pages import forged_form
from auth_server.web.page_services import AnonymousForm, PageServices, PageServicesDep, Visitor
from shared.database import unit_of_work
from shared.networks import network_of
from shared.refusals import Step

router = APIRouter(include_in_schema=False)
TRIES = RateLimitItemPerMinute(30, 10)
"""Sign-ins that one network may set out to in ten minutes; each is a row, and may make us ask the provider."""
SINGLE = ("code", "state", "iss", "error")
METHODS = "fed"
"""How such a person proved who they are: somewhere else."""


@router.post("/login/with/{provider_id}")
def sign_in_with(provider_id: str, request: Request, services: PageServicesDep, form: AnonymousForm) -> Response:
    """303 to the provider, for a sign-in that goes on to `next`."""
    provider = known_provider(services, provider_id)
    secret = form_secret(request, services)
    response = send_to(request, services, provider, secret, Errand(services.paths.checked(form.one("next"))))
    return bind_form(response, services, secret)


@router.get("/login/back/{provider_id}")
def sign_in_back(provider_id: str, request: Request, services: PageServicesDep, visitor: Visitor) -> Response:
    """What the provider answered: a new session, or a link to the account of whoever is signed in."""
    provider = known_provider(services, provider_id)
    answer = _answer(request)
    errand = _errand(request, services, provider, visitor.secret if visitor else "", answer)
    if errand.user_id is not None and (visitor is None or visitor.user.id != errand.user_id):
        raise sign_in_stale()
    if answer.get("error") is not None or answer.get("code") is None:
        raise not_signed_in_there(provider)
    identity = _identity(services, provider, answer)
    if errand.user_id is not None:
        return _link(services, provider, errand.user_id, identity)
    return sign_in_and_go(request, services, _person(services, provider, identity), errand.then, METHODS)


def known_provider(services: PageServices, provider_id: str) -> Provider:
    """Raises PageProblem 404."""
    provider = services.upstream.find(provider_id)
    if provider is None:
        raise no_such_provider()
    return provider


def send_to(
    request: Request, services: PageServices, provider: Provider, browser_secret: str, errand: Errand
) -> Response:
    """303 to the provider. Raises PageProblem, with nothing changed here."""
    network = network_of(request.client.host if request.client else "")
    if not services.core.limiter.hit(TRIES, "provider sign-in", network):
        raise too_many_tries(TRIES.get_expiry())
    with unit_of_work(services.engine) as session:
        state = set_out(session, provider.id, browser_secret, errand)
    try:
        url = authorization_url(services.upstream.documents, services.upstream.conversation(provider, state))
    except UpstreamError as error:
        raise provider_failed(provider, error) from error
    return RedirectResponse(url, 303)


def _answer(request: Request) -> Parameters:
    try:
        answer = Parameters.parse(request.scope["query_string"])
    except TooManyParametersError as error:
        raise forged_form(Step.SIGN_IN) from error
    if answer.first_repeated(SINGLE):
        raise sign_in_stale()
    return answer


def _errand(
    request: Request, services: PageServices, provider: Provider, session_secret: str, answer: Parameters
) -> Errand:
    """Spends the state, whatever the rest of the answer is."""
    form_cookie = request.cookies.get(services.cookies.form, "")
    with unit_of_work(services.engine) as session:
        errand = come_back(session, provider.id, answer.get("state") or "", (form_cookie, session_secret))
    if errand is None:
        raise sign_in_stale()
    return errand


def _identity(services: PageServices, provider: Provider, answer: Parameters) -> Identity:
    """Asks the provider, outside of any transaction."""
    conversation = services.upstream.conversation(provider, answer.get("state") or "")
    try:
        return redeem(services.upstream.documents, conversation, answer.get("code") or "", answer.get("iss") or "")
    except UpstreamError as error:
        raise provider_failed(provider, error) from error


def _person(services: PageServices, provider: Provider, identity: Identity) -> User:
    try:
        with unit_of_work(services.engine) as session:
            user = person_of(session, services.settings, identity)
    except AddressTakenError as error:
        raise address_taken(provider, identity.email) from error
    except UnknownIdentityError as error:
        raise identity_unknown(provider, identity.email) from error
    if user.disabled_at is not None or not user.is_person:
        raise account_turned_off()
    return user


def _link(services: PageServices, provider: Provider, user_id: str, identity: Identity) -> Response:
    try:
        with unit_of_work(services.engine) as session:
            link(session, user_id, identity)
    except OtherPersonError as error:
        raise identity_of_another(provider) from error
    return RedirectResponse(f"{services.paths.to(SECURITY)}?done=linked", 303)
