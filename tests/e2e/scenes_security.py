"""The security pages and the sign-in steps they bring, in every state: how to get there, in a real browser."""

from playwright.sync_api import Page

from tests.auth_harness import PASSWORD
from tests.e2e.scenes import Scene, Site, sign_in


def security(page: Page, site: Site) -> None:
    sign_in(page, site, "new@example.org")
    page.goto(f"{site.url}/account/security")


def new_password(page: Page, site: Site) -> None:
    security(page, site)
    page.get_by_role("link", name="Change password").click()


def new_password_refused(page: Page, site: Site) -> None:
    new_password(page, site)
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_label("New password").fill("too short")
    page.get_by_role("button", name="Change password").click()
    page.locator("[aria-invalid]").wait_for()


def log_out_everywhere(page: Page, site: Site) -> None:
    sign_in(page, site)
    page.goto(f"{site.url}/account/security/log-out-everywhere")


SECURITY_SCENES: tuple[Scene, ...] = (security, new_password, new_password_refused, log_out_everywhere)
