"""People, apps, connections and keys, as an administrator meets them, in every state."""

from playwright.sync_api import Page
from sqlmodel import select

from auth_server.administration.accounts import disable_account
from auth_server.client_handles import handle_of
from auth_server.keys.api_keys import KeyDraft, create_key
from auth_server.keys.service_accounts import service_account
from auth_server.models import ApiKey, ApiKeyOrigin, Client, Grant, User
from auth_server.trust.client_verdicts import block_client
from shared.authorization_details import parse_details
from shared.scopes import Scope
from tests.document_clients import CLAUDE
from tests.e2e.scenes_admin import open_page
from tests.e2e.site import ADA, Scene, Site, give_password

GONE = "gone@example.org"
READING = parse_details([{"type": "memory", "actions": ["read"], "namespaces": ["work"]}])


def people(page: Page, site: Site) -> None:
    populate(site)
    open_page(page, site, "/admin/people")


def people_nobody(page: Page, site: Site) -> None:
    open_page(page, site, "/admin/people?q=nobody-of-this-name")


def person(page: Page, site: Site) -> None:
    open_page(page, site, f"/admin/people/{user_id(site, ADA)}")


def person_disabled(page: Page, site: Site) -> None:
    populate(site)
    open_page(page, site, f"/admin/people/{user_id(site, GONE)}?done=disable")


def person_disable(page: Page, site: Site) -> None:
    open_page(page, site, f"/admin/people/{user_id(site, ADA)}/disable")


def person_disable_refused(page: Page, site: Site) -> None:
    person_disable(page, site)
    page.get_by_label("Your password").fill("not the password")
    page.get_by_role("button", name="Disable").click()
    page.locator("[aria-invalid]").wait_for()


def person_delete(page: Page, site: Site) -> None:
    open_page(page, site, f"/admin/people/{user_id(site, ADA)}/delete")


def person_last_administrator(page: Page, site: Site) -> None:
    open_page(page, site, "/admin/people?kind=administrators")
    page.get_by_role("link", name="root@example.org").last.click()
    page.get_by_role("link", name="Take the rights").click()
    give_password(page)
    page.get_by_role("button", name="Take the rights").click()
    page.get_by_role("alert").wait_for()


def invite(page: Page, site: Site) -> None:
    open_page(page, site, "/admin/people/invite")


def invite_refused(page: Page, site: Site) -> None:
    invite(page, site)
    page.get_by_label("E-mail").fill(ADA)
    give_password(page)
    page.get_by_role("button", name="Make the link").click()
    page.locator("[aria-invalid]").wait_for()


def invited(page: Page, site: Site) -> None:
    invite(page, site)
    page.get_by_label("E-mail").fill("friend@example.org")
    give_password(page)
    page.get_by_role("button", name="Make the link").click()
    page.get_by_role("heading", name="is invited").wait_for()


def invitations(page: Page, site: Site) -> None:
    invited(page, site)
    page.get_by_role("link", name="Invitations").click()


def new_service(page: Page, site: Site) -> None:
    open_page(page, site, "/admin/people/new-service")


def clients(page: Page, site: Site) -> None:
    populate(site)
    open_page(page, site, "/admin/clients")


def clients_none(page: Page, site: Site) -> None:
    open_page(page, site, "/admin/clients?kind=unused")


def client(page: Page, site: Site) -> None:
    open_page(page, site, f"/admin/clients/{site.clients['claude code'].id}")


def client_by_document(page: Page, site: Site) -> None:
    open_page(page, site, f"/admin/clients/{handle_of(CLAUDE)}")


def client_approve(page: Page, site: Site) -> None:
    open_page(page, site, f"/admin/clients/{site.clients['claude code'].id}/approve")


def client_delete_misnamed(page: Page, site: Site) -> None:
    open_page(page, site, f"/admin/clients/{site.clients['long'].id}/delete")
    page.get_by_label("Type").fill("something else")
    give_password(page)
    page.get_by_role("button", name="Delete").click()
    page.locator("[aria-invalid]").wait_for()


def client_new_secret(page: Page, site: Site) -> None:
    client_entered(page, site)
    page.get_by_role("link", name="Intranet").click()
    page.get_by_role("link", name="Make another secret").click()


def client_new(page: Page, site: Site) -> None:
    open_page(page, site, "/admin/clients/new")


def client_entered(page: Page, site: Site) -> None:
    client_new(page, site)
    page.get_by_label("Name").fill("Intranet")
    page.get_by_label("Where it takes").fill("https://intranet.example/callback")
    give_password(page)
    page.get_by_role("button", name="Enter the app").click()
    page.get_by_role("heading", name="may connect now").wait_for()


def client_new_refused(page: Page, site: Site) -> None:
    client_new(page, site)
    page.get_by_label("Name").fill("Intranet")
    page.get_by_label("Where it takes").fill("http://intranet.example/callback")
    give_password(page)
    page.get_by_role("button", name="Enter the app").click()
    page.get_by_role("alert").wait_for()


def service_new(page: Page, site: Site) -> None:
    open_page(page, site, "/admin/clients/new-service")


def clean_up(page: Page, site: Site) -> None:
    open_page(page, site, "/admin/clients/clean-up?days=0")


def grants(page: Page, site: Site) -> None:
    open_page(page, site, "/admin/grants?state=all")


def grants_none(page: Page, site: Site) -> None:
    open_page(page, site, "/admin/grants?q=nothing-of-this-name")


def grant(page: Page, site: Site) -> None:
    with site.auth.database() as session:
        found = session.exec(select(Grant.id).where(Grant.client_id == site.clients["claude"].id)).first()
    open_page(page, site, f"/admin/grants/{found}")


def keys(page: Page, site: Site) -> None:
    populate(site)
    open_page(page, site, "/admin/keys?state=all")


def keys_none(page: Page, site: Site) -> None:
    open_page(page, site, "/admin/keys?q=nothing-of-this-name")


def key(page: Page, site: Site) -> None:
    populate(site)
    with site.auth.database() as session:
        found = session.exec(select(ApiKey.id)).first()
    open_page(page, site, f"/admin/keys/{found}")


def key_new(page: Page, site: Site) -> None:
    populate(site)
    open_page(page, site, "/admin/keys/new")


def key_made(page: Page, site: Site) -> None:
    key_new(page, site)
    page.get_by_label("Whose").select_option(label="ci-bot")
    page.get_by_label("Name", exact=True).fill(f"Nightly {count_keys(site)}")
    page.get_by_label("Namespaces it may read").fill("work")
    give_password(page)
    page.get_by_role("button", name="Make the key").click()
    page.get_by_role("heading", name="is ready").wait_for()


def key_new_refused(page: Page, site: Site) -> None:
    key_new(page, site)
    page.get_by_label("Whose").select_option(label="ci-bot")
    page.get_by_label("Name", exact=True).fill("Nothing")
    give_password(page)
    page.get_by_role("button", name="Make the key").click()
    page.get_by_role("alert").wait_for()


ADMINISTRATION_SCENES: tuple[Scene, ...] = (
    people,
    people_nobody,
    person,
    person_disabled,
    person_disable,
    person_disable_refused,
    person_delete,
    person_last_administrator,
    invite,
    invite_refused,
    invited,
    invitations,
    new_service,
    clients,
    clients_none,
    client,
    client_by_document,
    client_approve,
    client_delete_misnamed,
    client_new_secret,
    client_new,
    client_entered,
    client_new_refused,
    service_new,
    clean_up,
    grants,
    grants_none,
    grant,
    keys,
    keys_none,
    key,
    key_new,
    key_made,
    key_new_refused,
)


def user_id(site: Site, email: str) -> str:
    with site.auth.database() as session:
        return session.exec(select(User.id).where(User.email == email)).one()


def count_keys(site: Site) -> int:
    with site.auth.database() as session:
        return len(session.exec(select(ApiKey.id)).all())


def populate(site: Site) -> None:
    """Somebody disabled, a service with a key, an app that is blocked: made at the first time."""
    with site.auth.database() as session:
        is_there = session.exec(select(User).where(User.email == GONE)).first() is not None
    if is_there:
        return
    gone = site.auth.create_user(GONE)
    with site.auth.database() as session:
        disable_account(session, session.merge(gone))
        service = service_account(session, "ci-bot")
        draft = KeyDraft("Nightly backup", (Scope.MEMORY_READ,), READING, origin=ApiKeyOrigin.ADMINISTRATOR)
        create_key(session, service, draft)
        block_client(session, session.get_one(Client, site.clients["gone"].id))
