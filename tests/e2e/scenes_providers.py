"""Signing in with other providers: the buttons, linking, and what goes wrong."""

from playwright.sync_api import Page

from tests.auth_harness import PASSWORD
from tests.e2e.providers_site import ADA
from tests.e2e.site import Scene, Site


def login_with_providers(page: Page, site: Site) -> None:
    page.goto(f"{site.with_providers}/login")


def login_provider_down(page: Page, site: Site) -> None:
    login_with_providers(page, site)
    page.get_by_role("button", name="Continue with The office").click()
    page.get_by_role("heading", name="did not work").wait_for()


def login_provider_stale(page: Page, site: Site) -> None:
    page.goto(f"{site.with_providers}/login/back/google?state=a&code=b")


def security_providers(page: Page, site: Site) -> None:
    login_with_providers(page, site)
    page.get_by_label("E-mail").fill(ADA)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/account/apps")
    page.goto(f"{site.with_providers}/account/security")


def security_link_provider(page: Page, site: Site) -> None:
    security_providers(page, site)
    page.get_by_role("link", name="Link GitHub").click()
    page.get_by_label("Your password").fill("not the password")
    page.get_by_role("button", name="Go to GitHub").click()
    page.locator("[aria-invalid]").wait_for()


def security_unlink_provider(page: Page, site: Site) -> None:
    security_providers(page, site)
    page.get_by_role("link", name="Unlink Google").click()
    page.get_by_role("heading", name="Unlink Google?").wait_for()


PROVIDER_SCENES: tuple[Scene, ...] = (
    login_with_providers,
    login_provider_down,
    login_provider_stale,
    security_providers,
    security_link_provider,
    security_unlink_provider,
)
