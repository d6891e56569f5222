"""Tools of other servers: what a person chooses of them, and where they find it again."""

import json

from playwright.sync_api import Page

from tests.e2e.site import ADA, Scene, Site, sign_in

ACT = "Use tools of your other servers"


def consent_servers(page: Page, site: Site) -> None:
    sign_in(page, site, "new@example.org")
    page.goto(site.authorize("claude", scope="memory:read memory:write gateway:call"))
    page.get_by_label(ACT).check()
    page.get_by_text("github", exact=True).click()
    page.get_by_label("create_issue").check()


def consent_servers_asked(page: Page, site: Site) -> None:
    sign_in(page, site, "new@example.org")
    asked = [{"type": "server", "server": name, "tools": ["search", "get_file"]} for name in ("github", "jira")]
    page.goto(site.authorize("claude", scope="gateway:call", authorization_details=json.dumps(asked)))


def consent_servers_down(page: Page, site: Site) -> None:
    sign_in(page, site, "new@example.org")
    page.goto(site.authorize("claude", scope="gateway:call"))
    for name in ("calendar", "files"):
        page.get_by_text(name, exact=True).click()


def grant_with_servers(page: Page, site: Site) -> None:
    sign_in(page, site, ADA)
    page.locator(".app", has_text="Cursor").get_by_role("link", name="Change").click()
    page.get_by_role("heading", name="Change what Cursor may do").wait_for()


def key_for_servers(page: Page, site: Site) -> None:
    sign_in(page, site, ADA)
    page.goto(f"{site.url}/account/keys/new")
    page.get_by_label(ACT).check()


SERVER_SCENES: tuple[Scene, ...] = (
    consent_servers,
    consent_servers_asked,
    consent_servers_down,
    grant_with_servers,
    key_for_servers,
)
