"""What people are told of keys that may act in their name."""

from playwright.sync_api import Page

from auth_server.keys.api_keys import KeyDraft, create_key
from auth_server.keys.environment_keys import EVERYTHING
from auth_server.keys.impersonation import acting_keys
from auth_server.keys.service_accounts import service_account
from shared.scopes import Scope
from tests.e2e.site import Scene, Site, sign_in

NAME = "The extraordinarily long-named nightly import of everything from the older system"


def a_key_that_may_act(page: Page, site: Site) -> None:
    with site.auth.database() as session:
        if not acting_keys(session):
            scopes = (Scope.MEMORY_READ, Scope.MEMORY_WRITE, Scope.IMPERSONATE)
            create_key(session, service_account(session, "night-import"), KeyDraft(NAME, scopes, EVERYTHING))
    sign_in(page, site, "new@example.org")
    page.goto(f"{site.url}/account/apps")


KEY_SCENES: tuple[Scene, ...] = (a_key_that_may_act,)
