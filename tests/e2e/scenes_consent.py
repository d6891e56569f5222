"""The consent page in every state."""

from playwright.sync_api import Page

from tests.auth_harness import PASSWORD
from tests.e2e.site import Scene, Site, give_password, sign_in


def consent(page: Page, site: Site) -> None:
    sign_in(page, site, "new@example.org")
    page.goto(site.authorize("claude"))


def consent_loopback(page: Page, site: Site) -> None:
    sign_in(page, site, "new@example.org")
    page.goto(site.authorize("claude code", redirect_uri="http://localhost:58135/callback"))


def consent_private_scheme(page: Page, site: Site) -> None:
    sign_in(page, site, "new@example.org")
    page.goto(site.authorize("cursor", redirect_uri="cursor://anysphere.cursor-mcp/oauth/callback"))


def consent_many_namespaces(page: Page, site: Site) -> None:
    sign_in(page, site)
    page.goto(site.authorize("claude code"))
    page.get_by_text("more", exact=False).first.scroll_into_view_if_needed()


def consent_read_only(page: Page, site: Site) -> None:
    sign_in(page, site)
    page.goto(site.authorize("long", scope="memory:read"))


def consent_nothing_chosen(page: Page, site: Site) -> None:
    sign_in(page, site, "new@example.org")
    page.goto(site.authorize("claude"))
    page.get_by_label("Read your memories").uncheck()
    page.get_by_label("Save, change").uncheck()
    give_password(page)
    page.get_by_role("button", name="Connect").click()
    page.locator("[role=alert], [aria-invalid]").wait_for()


def consent_wrong_namespace(page: Page, site: Site) -> None:
    sign_in(page, site, "new@example.org")
    page.goto(site.authorize("claude"))
    page.get_by_text("Add another part of your memory").click()
    page.get_by_label("Its name").fill("Bücher & mehr")
    give_password(page)
    page.get_by_role("button", name="Connect").click()
    page.locator("[role=alert], [aria-invalid]").wait_for()


def consent_wrong_password(page: Page, site: Site) -> None:
    sign_in(page, site, "new@example.org")
    page.goto(site.authorize("claude"))
    page.get_by_label("Your password").fill("not the password")
    page.get_by_role("button", name="Connect").click()
    page.locator("[aria-invalid]").wait_for()


def consent_just_signed_in(page: Page, site: Site) -> None:
    page.goto(site.authorize("claude"))
    page.get_by_label("E-mail").fill("new@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Connect Claude?").wait_for()


def consent_tools(page: Page, site: Site) -> None:
    consent(page, site)
    page.get_by_text("Tools:").click()


def consent_technical(page: Page, site: Site) -> None:
    sign_in(page, site, "new@example.org")
    page.goto(site.authorize("claude"))
    page.get_by_text("Technical names").click()


def consent_document(page: Page, site: Site) -> None:
    sign_in(page, site, "new@example.org")
    page.goto(site.authorize("claude by document"))


def consent_document_loopback(page: Page, site: Site) -> None:
    sign_in(page, site, "new@example.org")
    page.goto(site.authorize("claude code by document", redirect_uri="http://localhost:58135/callback"))


def consent_document_near(page: Page, site: Site) -> None:
    sign_in(page, site, "new@example.org")
    page.goto(site.authorize("near"))


def consent_document_elsewhere(page: Page, site: Site) -> None:
    sign_in(page, site, "new@example.org")
    page.goto(site.authorize("elsewhere"))


def consent_long_host(page: Page, site: Site) -> None:
    sign_in(page, site, "new@example.org")
    page.goto(site.authorize("long host"))


def consent_remembered(page: Page, site: Site) -> None:
    sign_in(page, site)
    page.goto(site.authorize("claude by document"))
    page.get_by_role("heading", name="Continue with Claude?").wait_for()


def consent_remembered_wrong_password(page: Page, site: Site) -> None:
    consent_remembered(page, site)
    page.get_by_label("Your password").fill("not the password")
    page.get_by_role("button", name="Continue").click()
    page.locator("[aria-invalid]").wait_for()


def consent_changed(page: Page, site: Site) -> None:
    sign_in(page, site)
    page.goto(site.authorize("changed"))
    page.get_by_text("until now: Notebook").wait_for()


CONSENT_SCENES: tuple[Scene, ...] = (
    consent,
    consent_loopback,
    consent_private_scheme,
    consent_many_namespaces,
    consent_read_only,
    consent_nothing_chosen,
    consent_wrong_namespace,
    consent_wrong_password,
    consent_just_signed_in,
    consent_technical,
    consent_tools,
    consent_document,
    consent_document_loopback,
    consent_document_near,
    consent_document_elsewhere,
    consent_long_host,
    consent_remembered,
    consent_remembered_wrong_password,
    consent_changed,
)
