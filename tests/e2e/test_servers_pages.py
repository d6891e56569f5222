"""The pages of servers in a real browser: what its policy allows, and what a script adds."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.e2e.pages_site import BEA, ROOT, PagesSite, enter, pages_site

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PagesSite]:
    """Both servers."""
    with pages_site(tmp_path_factory.mktemp("pages")) as site:
        yield site


def test_an_address_is_copied_by_its_button(scripted: Page, places: PagesSite) -> None:
    """AS-24: the one script of a page is allowed by what it is."""
    scripted.context.grant_permissions(["clipboard-read", "clipboard-write"])
    enter(scripted, places, BEA, "/servers/calendar")
    scripted.get_by_role("button", name="Copy the address").click()
    scripted.get_by_role("button", name="Copied").wait_for()
    assert scripted.evaluate("navigator.clipboard.readText()") == f"{places.origin}/servers/calendar/mcp"


def test_everything_works_without_scripts(page: Page, places: PagesSite) -> None:
    """AS-91, AS-93: the forms of the pages are sent by a browser as it is, and signing out leads to both servers."""
    enter(page, places, BEA, "/servers/library")
    page.get_by_role("button", name="Forget what I entered").click()
    page.get_by_text("What you entered is forgotten.").wait_for()
    page.get_by_label("X-Card").fill("4321")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("You entered X-Card").wait_for()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("heading", name="You are signed out here").wait_for()


def test_a_page_with_a_command_is_reached_by_signing_in_once_more(page: Page, places: PagesSite) -> None:
    """AS-104: what follows a form that came too late is a sign-in, which the page's policy lets a browser go to."""
    enter(page, places, ROOT, "/manage/servers")
    page.get_by_role("link", name="Add a command of this computer").click()
    page.get_by_label("Password").fill("correct horse battery staple")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Name", exact=True).fill("echo")
    page.get_by_label("Program").fill("cat")
    page.get_by_role("button", name="Add the command").click()
    page.get_by_text("The server is there for everybody.").wait_for()
