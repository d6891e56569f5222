"""One approval changed in place: less at once, more only when the person confirms it (AS-115)."""

from fastapi import APIRouter, Request, Response

from auth_server.consent.choice import Choice, NothingChosenError, UnusableChoiceError, read_choice
from auth_server.consent.choosable import choosable
from auth_server.consent.edit_page import EditForm, show_edit
from auth_server.consent.editing import (
    Edit,
    EditableGrant,
    added_access,
    editable_grant,
    names_servers,
    read_edit,
    save_edit,
)
from auth_server.consent.offered_servers import NO_SERVERS, OfferedServers
from auth_server.grants import StaleGrantError
from auth_server.routes.account.connected_apps import back_to_apps, not_connected
from auth_server.sign_in.confirmation import NotConfirmedError, confirmation, require_confirmation
from auth_server.web.browser import SignedInBrowser
from auth_server.web.page_services import PageServices, PageServicesDep, SessionForm, SignedIn
from shared.authorization_details import MemoryAccess
from shared.database import unit_of_work
from shared.forms import Form
from shared.refusals import Reason, Step, note_refusal

router = APIRouter(include_in_schema=False)
STALE = "What this app may do was changed meanwhile, in another window or browser. Below is what holds now."


@router.get("/account/grants/{grant_id}")
def edit_page(grant_id: str, services: PageServicesDep, browser: SignedIn) -> Response:
    """The form, ticked as the approval is now."""
    return show_edit(services, browser, _own(services, browser, grant_id), EditForm())


@router.post("/account/grants/{grant_id}")
def save(request: Request, grant_id: str, services: PageServicesDep, browser: SignedIn, form: SessionForm) -> Response:
    """303 to the connected apps, or the form again; 409 when the approval is not what the form was made for."""
    editable, choice = _own(services, browser, grant_id), read_choice(form)
    try:
        _check_revision(editable, form)
        edit = read_edit(editable, choice)
        servers = _servers(services, browser, editable, edit)
        added = added_access(editable.grant, edit, servers)
        _confirm_widening(request, services, browser, form, added)
        with unit_of_work(services.engine) as session:
            save_edit(session, editable, editable.grant.revision, edit, servers_are_known=servers.are_known)
    except StaleGrantError:
        note_refusal(Step.ACCOUNT, Reason.CHANGED_MEANWHILE, client_id=editable.client.client_id)
        return show_edit(services, browser, _own(services, browser, grant_id), EditForm(problem=STALE), 409)
    except UnusableChoiceError as problem:
        return _mend(services, browser, editable, choice, problem)
    except NotConfirmedError as problem:
        return _ask_confirmation(services, browser, editable, choice, added, problem)
    return back_to_apps(services, changed=editable.client.client_id)


def _own(services: PageServices, browser: SignedInBrowser, grant_id: str) -> EditableGrant:
    """The person's own, while it holds. Raises PageProblem (404)."""
    with unit_of_work(services.engine, read_only=True) as session:
        editable = editable_grant(session, grant_id, browser.user.id, services.settings.mcp_url)
    if editable is None:
        raise not_connected()
    return editable


def _check_revision(editable: EditableGrant, form: Form) -> None:
    """Raises StaleGrantError if the form was made for another one."""
    if form.one("revision") != str(editable.grant.revision):
        raise StaleGrantError


def _servers(services: PageServices, browser: SignedInBrowser, editable: EditableGrant, edit: Edit) -> OfferedServers:
    """Those of the person, where the edit names any: one of the same name may be another by now."""
    return choosable(services, browser.user.id, editable.offered).servers if names_servers(edit) else NO_SERVERS


def _confirm_widening(
    request: Request,
    services: PageServices,
    browser: SignedInBrowser,
    form: Form,
    added: MemoryAccess,
) -> None:
    """Whoever takes away needs nothing more. Raises NotConfirmedError."""
    if added.opens_something() or added.tools:
        require_confirmation(request, services, browser, form)


def _mend(
    services: PageServices,
    browser: SignedInBrowser,
    editable: EditableGrant,
    choice: Choice,
    problem: UnusableChoiceError,
) -> Response:
    note_refusal(Step.ACCOUNT, Reason.CHOICE_UNUSABLE, client_id=editable.client.client_id)
    leaves_nothing = isinstance(problem, NothingChosenError)
    again = EditForm(choice, str(problem), problem.field, leaves_nothing=leaves_nothing)
    return show_edit(services, browser, editable, again, 400)


def _ask_confirmation(
    services: PageServices,
    browser: SignedInBrowser,
    editable: EditableGrant,
    choice: Choice,
    added: MemoryAccess,
    problem: NotConfirmedError,
) -> Response:
    """The form again, with what would be new and a field for the password."""
    note_refusal(Step.ACCOUNT, problem.reason, client_id=editable.client.client_id)
    asked = confirmation(services, browser, str(problem))
    again = EditForm(choice, added=added, confirmation=asked)
    return problem.come_back(show_edit(services, browser, editable, again, problem.status))
