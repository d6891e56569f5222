"""Connected apps: what each may do, and taking it back (OAuth 2.1 §7.9)."""

from urllib.parse import urlencode

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from auth_server.client_identity import display_name
from auth_server.clients import find_client
from auth_server.connected_apps import connected_apps, disconnect
from auth_server.grants import find_grant, has_approved, revoke_grant
from auth_server.keys.impersonation import acting_keys
from auth_server.web.error_pages import PageProblem
from auth_server.web.own_paths import HOME
from auth_server.web.page_services import PageServices, PageServicesDep, SessionForm, SignedIn
from auth_server.web.signed_in_pages import account_page
from shared.database import unit_of_work
from shared.refusals import Reason, Step

router = APIRouter(include_in_schema=False)


@router.get("/")
@router.get("/account")
def home(services: PageServicesDep, _browser: SignedIn) -> Response:
    """The start page of a signed-in person."""
    return RedirectResponse(services.paths.to(HOME), 303)


@router.get("/account/apps")
def apps_page(
    services: PageServicesDep, browser: SignedIn, disconnected: str = "", revoked: str = "", changed: str = ""
) -> Response:
    """The list; `disconnected`, `revoked` and `changed` name the app of what has just been done."""
    with unit_of_work(services.engine, read_only=True) as session:
        apps, keys = connected_apps(session, browser.user.id), acting_keys(session)
        # A link from elsewhere cannot make this page speak of an app the person never connected.
        named = find_client(session, disconnected or revoked or changed)
        done = named if named and has_approved(session, browser.user.id, named.client_id) else None
    return account_page(
        services,
        browser,
        "account/apps.html",
        HOME,
        apps=apps,
        acting_keys=keys,
        mcp_url=services.settings.mcp_url,
        disconnected=display_name(done) if done and disconnected else "",
        revoked=display_name(done) if done and revoked else "",
        changed=display_name(done) if done and changed else "",
    )


@router.post("/account/grants/{grant_id}/revoke")
def revoke(grant_id: str, services: PageServicesDep, browser: SignedIn, _form: SessionForm) -> Response:
    """Takes one approval back; the app's next request is refused."""
    with unit_of_work(services.engine) as session:
        grant = find_grant(session, grant_id, browser.user.id)
        if grant is None:
            raise not_connected()
        revoke_grant(session, grant, "revoked by the person")
    return back_to_apps(services, revoked=grant.client_id)


@router.post("/account/apps/disconnect")
def disconnect_app(services: PageServicesDep, browser: SignedIn, form: SessionForm) -> Response:
    """Takes everything back that the app named by the field `client_id` was ever allowed.

    A field, not a part of the path: a client_id may be a URL, whose slashes routers and proxies read as their own.
    """
    client_id = form.one("client_id")
    with unit_of_work(services.engine) as session:
        if not disconnect(session, browser.user.id, client_id):
            raise not_connected()
    return back_to_apps(services, disconnected=client_id)


def back_to_apps(services: PageServices, **done: str) -> Response:
    """To the list, which names the app of what was done."""
    return RedirectResponse(f"{services.paths.to(HOME)}?{urlencode(done)}", 303)


def not_connected() -> PageProblem:
    """For what was never there, is somebody else's, or has ended."""
    return PageProblem(
        "This app is not connected",
        "There is nothing of that name to take back in your account. Perhaps it is gone already.",
        "Connected apps shows what there is now.",
        step=Step.ACCOUNT,
        reason=Reason.NOT_CONNECTED,
        status=404,
        link=HOME,
        link_label="Connected apps",
    )
