"""Apps and services that an administrator enters by hand; and the clean-up of those that nobody connected."""

from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request, Response

from auth_server.administrators import AdminUser
from auth_server.client_handles import handle_of
from auth_server.clients import UNSEEN_LIFETIME, clean_up_clients, count_unused_clients
from auth_server.oauth.entered_clients import EnteredClient, UnusableDraftError, enter_client
from auth_server.oauth.service_clients import ServiceDraft, enter_service_client
from auth_server.routes.admin.client_acts import HERE
from auth_server.routes.admin.returning import back_to
from auth_server.sign_in.confirmation import NotConfirmedError, confirmation, require_confirmation
from auth_server.trust.known_apps import ClientDraft, Method
from auth_server.web.browser import SignedInBrowser
from auth_server.web.page_services import PageServices, PageServicesDep, SessionForm
from auth_server.web.signed_in_pages import admin_page
from shared.authorization_details import MemoryAccess, NamespaceSet
from shared.database import unit_of_work
from shared.forms import Form
from shared.refusals import Step, note_refusal
from shared.server_words import UnreadableServerError, typed_servers

router = APIRouter(include_in_schema=False)
NEW, SERVICE, CLEAN_UP = f"{HERE}/new", f"{HERE}/new-service", f"{HERE}/clean-up"
METHODS = (
    (Method.POST.value, "a secret, for an app on a server"),
    (Method.BASIC.value, "a secret in the header"),
    (Method.NONE.value, "nothing, for an app on people's computers"),
)
SERVICE_METHODS = (
    ("client_secret_post", "a secret"),
    ("client_secret_basic", "a secret in the header"),
    ("private_key_jwt", "a key of its own"),
)


@router.get(NEW)
def new_page(services: PageServicesDep, browser: AdminUser) -> Response:
    """The form for an app."""
    return _form_page(services, browser, "admin/new_client.html", Form())


@router.post(NEW)
def enter(request: Request, services: PageServicesDep, browser: AdminUser, form: SessionForm) -> Response:
    """The app's client id, and its secret this once."""
    try:
        require_confirmation(request, services, browser, form)
        method = {known.value: known for known in Method}.get(form.one("method"), Method.POST)
        draft = ClientDraft(form.one("name"), tuple(form.one("redirect_uris").split()), method)
        with unit_of_work(services.engine) as session:
            entered = enter_client(session, services.settings, draft, by=browser.user.id)
    except (NotConfirmedError, UnusableDraftError) as refusal:
        return _again(services, browser, "admin/new_client.html", form, refusal)
    return _shown_once(services, browser, entered)


@router.get(SERVICE)
def service_page(services: PageServicesDep, browser: AdminUser) -> Response:
    """The form for a program that acts in its own name."""
    return _form_page(services, browser, "admin/new_service_client.html", Form())


@router.post(SERVICE)
def enter_service(request: Request, services: PageServicesDep, browser: AdminUser, form: SessionForm) -> Response:
    """The service's client id, and its secret this once."""
    read, write = (NamespaceSet.of(*form.one(name).split()) for name in ("read", "write"))
    may_administer, jwks_uri = form.one("admin") == "yes", form.one("jwks_uri").strip() or None
    try:
        require_confirmation(request, services, browser, form)
        access = MemoryAccess(read, write, servers=typed_servers(form.one("servers").split()))
        draft = ServiceDraft(form.one("name"), access, may_administer, form.one("method"), None, jwks_uri)
        with unit_of_work(services.engine) as session:
            entered = enter_service_client(session, draft, by=browser.user.id)
    except (NotConfirmedError, UnusableDraftError, UnreadableServerError) as refusal:
        return _again(services, browser, "admin/new_service_client.html", form, refusal)
    return _shown_once(services, browser, entered)


@router.get(CLEAN_UP)
def clean_up_page(services: PageServicesDep, browser: AdminUser, days: str = "30") -> Response:
    """How many would go."""
    with unit_of_work(services.engine, read_only=True) as session:
        unused = count_unused_clients(session, _lifetime(days))
    context: dict[str, Any] = {"unused": unused, "days": _lifetime(days).days}
    return admin_page(services, browser, "admin/clean_up.html", HERE, **context)


@router.post(CLEAN_UP)
def clean_up(services: PageServicesDep, browser: AdminUser, form: SessionForm) -> Response:
    """Deletes them: nobody allowed them anything, so nothing else is lost."""
    with unit_of_work(services.engine) as session:
        clean_up_clients(session, _lifetime(form.one("days")), by=browser.user.id)
    return back_to(services, HERE, done="cleaned-up")


def _lifetime(days: str) -> timedelta:
    """What is no number of days is the usual one."""
    known = int(days) if days.isascii() and days.isdigit() and len(days) < 5 else 30
    return max(timedelta(days=known), UNSEEN_LIFETIME)


def _again(
    services: PageServices,
    browser: SignedInBrowser,
    template: str,
    form: Form,
    refusal: NotConfirmedError | UnusableDraftError | UnreadableServerError,
) -> Response:
    """The form as it was filled in, with what to mend."""
    if not isinstance(refusal, NotConfirmedError):
        return _form_page(services, browser, template, form, problem=str(refusal), status=400)
    note_refusal(Step.ACCOUNT, refusal.reason)
    page = _form_page(services, browser, template, form, password_problem=str(refusal), status=refusal.status)
    return refusal.come_back(page)


def _form_page(
    services: PageServices,
    browser: SignedInBrowser,
    template: str,
    form: Form,
    *,
    problem: str = "",
    password_problem: str = "",
    status: int = 200,
) -> Response:
    context: dict[str, Any] = {
        "wanted": form,
        "problem": problem,
        "methods": SERVICE_METHODS if "service" in template else METHODS,
        "confirmation": confirmation(services, browser, password_problem),
    }
    return admin_page(services, browser, template, HERE, status, **context)


def _shown_once(services: PageServices, browser: SignedInBrowser, entered: EnteredClient) -> Response:
    client = entered.client
    secrets = [("Client id", client.client_id), *([("Secret", entered.secret)] if entered.secret else [])]
    context: dict[str, Any] = {"title": f"{client.client_name} may connect now", "secrets": secrets}
    back = f"{HERE}/{handle_of(client.client_id)}"
    return admin_page(
        services, browser, "admin/shown_once.html", HERE, back=back, back_label=f"Go to {client.client_name}", **context
    )
