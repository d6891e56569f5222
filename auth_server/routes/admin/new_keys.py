"""A key that an administrator makes: for a service, or with the scope admin alone for an administrator."""

from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request, Response

from auth_server.administration.keys import make_key, possible_owners
from auth_server.administrators import AdminUser
from auth_server.keys.api_keys import KeyDraft, UnusableKeyError
from auth_server.models import ApiKeyOrigin, User
from auth_server.routes.admin.key_acts import HERE
from auth_server.sign_in.confirmation import NotConfirmedError, confirmation, require_confirmation
from auth_server.web.browser import SignedInBrowser
from auth_server.web.page_services import PageServices, PageServicesDep, SessionForm
from auth_server.web.signed_in_pages import admin_page
from shared.authorization_details import MemoryAccess, NamespaceSet, is_namespace, memory_details
from shared.database import unit_of_work
from shared.forms import Form
from shared.refusals import Step, note_refusal
from shared.scopes import Scope
from shared.server_access import ServerAccess
from shared.server_words import UnreadableServerError, typed_servers

router = APIRouter(include_in_schema=False)
NEW = f"{HERE}/new"
LIFETIMES = (("30", "30 days"), ("90", "90 days"), ("365", "one year"), ("", "until it is revoked"))


@router.get(NEW)
def new_page(services: PageServicesDep, browser: AdminUser, owner: str = "") -> Response:
    """The form; `owner` is who is chosen already."""
    return _form_page(services, browser, Form({"owner": [owner], "days": ["90"]}))


@router.post(NEW)
def create(request: Request, services: PageServicesDep, browser: AdminUser, form: SessionForm) -> Response:
    """The key, this once."""
    try:
        require_confirmation(request, services, browser, form)
        draft = _draft(form)
        with unit_of_work(services.engine) as session:
            owner = session.get(User, form.one("owner"))
            if owner is None:
                raise UnusableKeyError("owner", "Choose whose key it is.")
            made = make_key(session, owner, draft, by=browser.user.id)
    except NotConfirmedError as refusal:
        note_refusal(Step.ACCOUNT, refusal.reason)
        page = _form_page(services, browser, form, password_problem=str(refusal), status=refusal.status)
        return refusal.come_back(page)
    except UnusableKeyError as wrong:
        return _form_page(services, browser, form, problem=str(wrong), status=400)
    context: dict[str, Any] = {"title": f"{made.key.name} is ready", "secrets": [("Key", made.secret)]}
    back = f"{HERE}/{made.key.id}"
    return admin_page(
        services, browser, "admin/shown_once.html", HERE, back=back, back_label=f"Go to {made.key.name}", **context
    )


def _draft(form: Form) -> KeyDraft:
    """What the form says. Raises UnusableKeyError."""
    read, write = (NamespaceSet.of(*form.one(name).split()) for name in ("read", "write"))
    if not all(is_namespace(name) for name in (*read.names, *write.names)):
        raise UnusableKeyError("read", "A namespace has lower-case letters, digits and hyphens, such as work.")
    access = MemoryAccess(read, write, servers=_servers(form))
    chosen = {
        Scope.MEMORY_READ: bool(read),
        Scope.MEMORY_WRITE: bool(write),
        Scope.GATEWAY_CALL: bool(access.servers),
        Scope.ADMIN: form.one("admin") == "yes",
    }
    days = form.one("days")
    if days not in dict(LIFETIMES):
        raise UnusableKeyError("days", "Choose how long it works.")
    return KeyDraft(
        name=form.one("name"),
        scopes=tuple(scope for scope, is_given in chosen.items() if is_given),
        details=memory_details(access),
        lifetime=timedelta(days=int(days)) if days else None,
        origin=ApiKeyOrigin.ADMINISTRATOR,
    )


def _servers(form: Form) -> ServerAccess:
    try:
        return typed_servers(form.one("servers").split())
    except UnreadableServerError as wrong:
        raise UnusableKeyError("servers", str(wrong)) from wrong


def _form_page(
    services: PageServices,
    browser: SignedInBrowser,
    form: Form,
    *,
    problem: str = "",
    password_problem: str = "",
    status: int = 200,
) -> Response:
    with unit_of_work(services.engine, read_only=True) as session:
        owners = [(user.id, user.email if user.is_person else user.name) for user in possible_owners(session)]
    context: dict[str, Any] = {
        "wanted": form,
        "owners": owners,
        "lifetimes": LIFETIMES,
        "problem": problem,
        "confirmation": confirmation(services, browser, password_problem),
    }
    return admin_page(services, browser, "admin/new_key.html", HERE, status, **context)
