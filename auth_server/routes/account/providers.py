"""Linking a provider to one's account, and ending that: grave, so the person confirms it (AS-115)."""

from fastapi import APIRouter, Request, Response

from auth_server.routes.account.security import SECURITY, back_to_security
from auth_server.routes.provider_sign_in import known_provider, send_to
from auth_server.sign_in.confirmation import NotConfirmedError, confirmation, require_confirmation
from auth_server.upstream.accounts import LastWayError, linked_providers, unlink
from auth_server.upstream.providers import Provider
from auth_server.upstream.sign_ins import Errand
from auth_server.web.browser import SignedInBrowser
from auth_server.web.page_services import PageServices, PageServicesDep, SessionForm, SignedIn
from auth_server.web.signed_in_pages import account_page
from shared.database import unit_of_work
from shared.forms import Form
from shared.refusals import Reason, Step, note_refusal

router = APIRouter(include_in_schema=False)
LAST_WAY = "This is the only way you can sign in. Set a password or link another provider first."


@router.get(SECURITY + "/providers/{provider_id}")
def provider_page(provider_id: str, services: PageServicesDep, browser: SignedIn) -> Response:
    """What linking means, or what ending it does."""
    return _page(services, browser, known_provider(services, provider_id))


@router.post(SECURITY + "/providers/{provider_id}/link")
def link_provider(
    provider_id: str, request: Request, services: PageServicesDep, browser: SignedIn, form: SessionForm
) -> Response:
    """303 to the provider, from where the person comes back to the page Security."""
    provider = known_provider(services, provider_id)
    if refusal := _refusal(request, services, browser, form, provider):
        return refusal
    errand = Errand(services.paths.to(SECURITY), browser.user.id)
    return send_to(request, services, provider, browser.secret, errand)


@router.post(SECURITY + "/providers/{provider_id}/unlink")
def unlink_provider(
    provider_id: str, request: Request, services: PageServicesDep, browser: SignedIn, form: SessionForm
) -> Response:
    """Ends it, unless nothing else would open the account."""
    provider = known_provider(services, provider_id)
    if refusal := _refusal(request, services, browser, form, provider):
        return refusal
    try:
        with unit_of_work(services.engine) as session:
            unlink(session, services.upstream.providers, browser.user, provider.id)
    except LastWayError:
        note_refusal(Step.ACCOUNT, Reason.CHOICE_UNUSABLE)
        return _page(services, browser, provider, problem=LAST_WAY, status=400)
    return back_to_security(services, "unlinked")


def _refusal(
    request: Request, services: PageServices, browser: SignedInBrowser, form: Form, provider: Provider
) -> Response | None:
    """The page again, unless the person confirmed it."""
    try:
        require_confirmation(request, services, browser, form)
    except NotConfirmedError as refusal:
        note_refusal(Step.ACCOUNT, refusal.reason)
        return refusal.come_back(_page(services, browser, provider, at_password=str(refusal), status=refusal.status))
    return None


def _page(
    services: PageServices,
    browser: SignedInBrowser,
    provider: Provider,
    *,
    problem: str = "",
    at_password: str = "",
    status: int = 200,
) -> Response:
    with unit_of_work(services.engine, read_only=True) as session:
        [linked] = linked_providers(session, (provider,), browser.user.id)
    return account_page(
        services,
        browser,
        "account/security/provider.html",
        SECURITY,
        status,
        provider=linked,
        problem=problem,
        confirmation=confirmation(services, browser, at_password),
    )
