"""The whole way in a real Chromium without JavaScript: two installations, two sign-ins, one consent."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.browser import launch_chromium
from tests.consent_form import PASSWORD
from tests.doors import Doors
from tests.gateway.conftest import Behind
from tests.gateway.oauth.test_another_ostiary import far_doors  # noqa: F401 (a fixture)
from tests.web.browsing import new_visitor

pytestmark = pytest.mark.browser


@pytest.fixture
def page() -> Iterator[Page]:
    """A phone."""
    with sync_playwright() as playwright:
        chromium = launch_chromium(playwright)
        context = chromium.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False)
        yield context.new_page()
        chromium.close()


def sign_in(page: Page, email: str) -> None:
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_a_person_connects_another_ostiary(
    page: Page,
    doors: Doors,
    behind: Behind,
    far_doors: Doors,  # noqa: F811
) -> None:
    """No policy of a page stands in the way of the redirects."""
    here, there = new_visitor(doors), new_visitor(far_doors)
    behind.http("far", far_doors.mcp_url)
    page.goto(f"{doors.origin}/servers/far/connect")
    sign_in(page, here.email)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Connect far")).to_be_visible()
    expect(page.get_by_text(f"localhost:{far_doors.auth_port}")).to_be_visible()
    page.get_by_role("button", name="Connect far").click()
    sign_in(page, there.email)
    page.get_by_role("button", name="Connect Ostiary").click()
    expect(page.get_by_role("heading", name="far is connected")).to_be_visible()
    page.get_by_role("button", name="Disconnect").click()
    expect(page.get_by_role("heading", name="Connect far")).to_be_visible()
