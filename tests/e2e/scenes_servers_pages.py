"""The pages of servers: a person's own, and an administrator's."""

from playwright.sync_api import Page

from tests.consent_form import PASSWORD
from tests.e2e.pages_site import BEA, NEW, ROOT, enter
from tests.e2e.site import Scene, Site


def servers_continue(page: Page, site: Site) -> None:
    page.goto(f"{site.pages.origin}/servers")
    page.get_by_label("E-mail").fill(BEA)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Continue").wait_for()


def servers_list(page: Page, site: Site) -> None:
    enter(page, site.pages, BEA)


def servers_adding_refused(page: Page, site: Site) -> None:
    enter(page, site.pages, NEW)
    page.get_by_text("Add a server of your own").click()
    page.get_by_label("Name", exact=True).fill("My Notes")
    page.get_by_label("Address").fill("https://notes.example.com/mcp")
    page.get_by_role("button", name="Add the server").click()
    page.locator("[role=alert]").wait_for()


def server_works(page: Page, site: Site) -> None:
    enter(page, site.pages, NEW, "/servers/calendar")
    page.get_by_role("button", name="Test it now").click()
    page.locator("[role=status]").wait_for()


def server_wants_entry(page: Page, site: Site) -> None:
    enter(page, site.pages, NEW, "/servers/tickets")


def server_entered(page: Page, site: Site) -> None:
    enter(page, site.pages, BEA, "/servers/library")


def server_down(page: Page, site: Site) -> None:
    enter(page, site.pages, NEW, "/servers/backups")


def server_own_changed(page: Page, site: Site) -> None:
    enter(page, site.pages, BEA, "/servers/my-notes")
    page.get_by_text("Remove my-notes").first.click()


def servers_no_such(page: Page, site: Site) -> None:
    enter(page, site.pages, NEW, "/servers/nothing")


def servers_signed_out(page: Page, site: Site) -> None:
    enter(page, site.pages, BEA)
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("heading", name="You are signed out here").wait_for()


def managed_servers(page: Page, site: Site) -> None:
    enter(page, site.pages, ROOT, "/manage/servers")


def managed_server(page: Page, site: Site) -> None:
    enter(page, site.pages, ROOT, "/manage/servers/office")
    page.get_by_role("button", name="Test it now").click()
    page.locator("[role=status]").wait_for()
    page.get_by_text("Remove office").first.click()


def managed_server_down(page: Page, site: Site) -> None:
    enter(page, site.pages, ROOT, "/manage/servers/backups")
    page.get_by_role("button", name="Test it now").click()
    page.locator("[role=alert]").wait_for()
    page.get_by_text("Change what everybody").click()


def managed_server_added(page: Page, site: Site) -> None:
    enter(page, site.pages, ROOT, "/manage/servers")
    page.get_by_text("Add a server by its address").click()


def managed_command(page: Page, site: Site) -> None:
    _confirm(page, site, "/manage/commands")
    page.get_by_label("Name", exact=True).fill("Files")
    page.get_by_label("Program").fill("npx")
    page.get_by_role("button", name="Add the command").click()
    page.locator("[role=alert]").wait_for()


def managed_import(page: Page, site: Site) -> None:
    _confirm(page, site, "/manage/import")
    page.get_by_label("The file's text").fill('{"mcpServers": {"a": 1}}')
    page.get_by_role("button", name="Add its servers").click()
    page.locator("[role=alert]").wait_for()


def managed_refused(page: Page, site: Site) -> None:
    enter(page, site.pages, NEW)
    page.goto(f"{site.pages.origin}/manage/servers")


def _confirm(page: Page, site: Site, path: str) -> None:
    """Signs in once more, as these pages ask for."""
    enter(page, site.pages, ROOT, "/manage/servers")
    page.goto(f"{site.pages.origin}{path}")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url(f"{site.pages.origin}{path}**")


SERVERS_PAGE_SCENES: tuple[Scene, ...] = (
    servers_continue,
    servers_list,
    servers_adding_refused,
    server_works,
    server_wants_entry,
    server_entered,
    server_down,
    server_own_changed,
    servers_no_such,
    servers_signed_out,
    managed_servers,
    managed_server,
    managed_server_down,
    managed_server_added,
    managed_command,
    managed_import,
    managed_refused,
)
