"""What a person changes on their own pages, in every state: how to get there, in a real browser."""

from playwright.sync_api import Page

from tests.e2e.scenes import Scene, Site, apps


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


OWN_ACCOUNT_SCENES: tuple[Scene, ...] = (
    grant,
    grant_of_many_namespaces,
    grant_widened,
    grant_left_with_nothing,
    grant_changed_meanwhile,
)
