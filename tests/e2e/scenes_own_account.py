"""What a person changes on their own pages, in every state: how to get there, in a real browser."""

from datetime import timedelta
from secrets import token_hex

from playwright.sync_api import Page
from sqlmodel import select

from auth_server.keys.api_keys import KeyDraft, create_key, keys_of, revoke_key, rotate_key
from auth_server.models import User
from auth_server.people import find_user
from shared.authorization_details import parse_details
from shared.scopes import Scope
from tests.e2e.scenes import apps
from tests.e2e.site import ADA, Scene, Site, give_password, sign_in

MAKER = "maker@example.org"
READ, WRITE = Scope.MEMORY_READ, Scope.MEMORY_WRITE


def grant(page: Page, site: Site) -> None:
    apps(page, site)
    page.get_by_role("link", name="Change what Claude may do", exact=True).first.click()


def grant_of_many_namespaces(page: Page, site: Site) -> None:
    apps(page, site)
    page.get_by_text("What you allowed, 2 times").first.click()
    page.get_by_role("link", name="Change what Claude Code may do").last.click()


def grant_widened(page: Page, site: Site) -> None:
    grant(page, site)
    page.locator("[name=write][value='*']").check()
    page.get_by_role("button", name="Save").click()
    page.get_by_text("That is more than before").wait_for()


def grant_left_with_nothing(page: Page, site: Site) -> None:
    grant(page, site)
    page.get_by_label("Read your memories").uncheck()
    page.get_by_label("Save, change").uncheck()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("alert").wait_for()


def grant_changed_meanwhile(page: Page, site: Site) -> None:
    grant(page, site)
    page.locator("[name=revision]").evaluate("field => field.value = '0'")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("alert").wait_for()


def own_keys_empty(page: Page, site: Site) -> None:
    sign_in(page, site, "new@example.org")
    page.goto(f"{site.url}/account/keys")


def own_keys(page: Page, site: Site) -> None:
    give_keys(site)
    sign_in(page, site)
    page.goto(f"{site.url}/account/keys")
    page.get_by_text("Ended, 1").click()


def own_key(page: Page, site: Site) -> None:
    own_keys(page, site)
    page.get_by_role("link", name="Replace or revoke Nightly backup").click()


def own_key_new(page: Page, site: Site) -> None:
    sign_in(page, site, "new@example.org")
    page.goto(f"{site.url}/account/keys/new")


def own_key_new_refused(page: Page, site: Site) -> None:
    own_key_new(page, site)
    page.get_by_label("Name", exact=True).fill("   ")
    give_password(page)
    page.get_by_role("button", name="Create key").click()
    page.locator("[aria-invalid]").wait_for()


def own_key_new_without_password(page: Page, site: Site) -> None:
    own_key_new(page, site)
    page.get_by_label("Name", exact=True).fill("Backup")
    page.get_by_label("Your password").fill("not the password")
    page.get_by_role("button", name="Create key").click()
    page.locator("[aria-invalid]").wait_for()


def own_key_made(page: Page, site: Site) -> None:
    with site.auth.database() as session:
        is_new = find_user(session, MAKER) is None
    if is_new:
        site.auth.create_user(MAKER, is_admin=True)
    sign_in(page, site, MAKER)
    page.goto(f"{site.url}/account/keys/new")
    page.get_by_label("Name", exact=True).fill(f"Backup {token_hex(4)}")
    page.get_by_label("Administer this Ostiary").check()
    give_password(page)
    page.get_by_role("button", name="Create key").click()
    page.get_by_text("Copy your key now").wait_for()


def give_keys(site: Site) -> None:
    """Ada has a key of every kind."""
    with site.auth.database() as session:
        ada = session.exec(select(User).where(User.email == ADA)).one()
        if keys_of(session, ada.id):
            return
        both = parse_details([{"type": "memory", "actions": ["read", "write"], "namespaces": ["work", "taxes-2026"]}])
        read = parse_details([{"type": "memory", "actions": ["read"], "namespaces": ["personal"]}])
        month = timedelta(days=30)
        revoke_key(session, create_key(session, ada, KeyDraft("Old laptop", (READ,), read)).key)
        create_key(session, ada, KeyDraft("Nightly backup", (READ,), read))
        rotated = create_key(session, ada, KeyDraft("Tax report of the association", (READ, WRITE), both, month)).key
        rotate_key(session, rotated, overlap=timedelta(days=7))


OWN_ACCOUNT_SCENES: tuple[Scene, ...] = (
    grant,
    grant_of_many_namespaces,
    grant_widened,
    grant_left_with_nothing,
    grant_changed_meanwhile,
    own_keys_empty,
    own_keys,
    own_key,
    own_key_new,
    own_key_new_refused,
    own_key_new_without_password,
    own_key_made,
)
