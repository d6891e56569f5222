"""From an empty folder to the first memory, as somebody new goes: `ostiary up`, the link, an app."""

import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.chromium_person import Chromium
from tests.cli.running import ROOT, RunningPair, environment, running_pair

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("up")]

EMAIL = "grace@example.org"
PASSWORD = "a compiler for everybody"


def test_from_an_empty_folder_to_the_first_memory(tmp_path: Path, chromium: Chromium) -> None:
    """AS-119: the link makes the administrator, once; then the demo client connects, stores and recalls."""
    profile = chromium.new_profile()
    page = chromium.do(profile.new_page)
    with running_pair(tmp_path) as first:
        [link] = setup_links(first)
        assert chromium.do(lambda: create_account(page, link)) == f"{first.issuer}/account/apps"
        second_visitor = chromium.do(chromium.new_profile().new_page)
        assert chromium.do(lambda: status_of(second_visitor, link)) == 403
    with running_pair(tmp_path) as second:
        assert setup_links(second) == []
        assert "“I drink my coffee black.”" in demonstrate(tmp_path, second.mcp_url).splitlines()[-1]
        assert "Ostiary demo" in chromium.do(lambda: connected_apps(page, second.issuer))


def setup_links(pair: RunningPair) -> list[str]:
    """The one-time links that were printed."""
    return [line.strip() for line in pair.said.splitlines() if "/setup?token=" in line]


def create_account(page: Page, link: str) -> str:
    """Fills in the form behind the link; gives the address it leads to."""
    page.goto(link)
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    page.get_by_role("heading", name="Connected apps").wait_for()
    return page.url


def status_of(page: Page, url: str) -> int:
    """The status of the page at `url`."""
    answer = page.goto(url)
    assert answer is not None
    return answer.status


def connected_apps(page: Page, issuer: str) -> str:
    """What the page of connected apps says, after signing in anew: the second start has another port."""
    page.goto(f"{issuer}/account/apps")
    if "/login" in page.url:
        page.get_by_label("E-mail").fill(EMAIL)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Connected apps").wait_for()
    return page.locator("main").inner_text()


def demonstrate(folder: Path, mcp_url: str) -> str:
    """What the demo client prints."""
    done = subprocess.run(
        [sys.executable, "-m", "examples.demo_client", "--url", mcp_url, "--user", EMAIL],
        cwd=ROOT,
        env=environment(folder),
        input=f"{PASSWORD}\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
