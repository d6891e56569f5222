"""The whole way with two providers in a real Chromium, without JavaScript."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.auth_harness import AuthHarness, auth_settings
from tests.browser import launch_chromium
from tests.consent_form import PASSWORD
from tests.second_ostiary import SecondOstiary, second_ostiary
from tests.servers import RunningServer, free_port

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("providers")]
ADA = "ada@example.org"


@dataclass
class Town:
    """Three servers: one where Ada has an account, and the two she signs in with."""

    url: str
    providers: dict[str, SecondOstiary]


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    """All of them run; Ada has another address at each provider."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    port = free_port()
    url = f"http://localhost:{port}"
    with ExitStack() as stack:
        providers = {
            name: stack.enter_context(second_ostiary(tmp_path / name, [f"{url}/login/back/{name}"]))
            for name in ("office", "club")
        }
        for name, provider in providers.items():
            provider.person(f"ada@{name}.example")
        entries = [provider.entry(name, label=f"The {name}") for name, provider in providers.items()]
        auth = AuthHarness(auth_settings(tmp_path / "first", issuer=url, providers=json.dumps(entries)))
        auth.create_user(ADA)
        running = RunningServer(auth.app, port)
        stack.callback(running.stop)
        yield Town(url, providers)


@pytest.fixture
def page() -> Iterator[Page]:
    """A phone without JavaScript."""
    with sync_playwright() as playwright:
        chromium: Browser = launch_chromium(playwright)
        context = chromium.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False)
        yield context.new_page()
        chromium.close()


def sign_in(page: Page, email: str) -> None:
    """On whichever sign-in page is open."""
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def allow(page: Page, email: str) -> None:
    """At the provider: signs in, and allows it to say who it is."""
    sign_in(page, email)
    page.get_by_role("button", name="Connect The first Ostiary").click()


def test_ada_links_two_providers_and_signs_in_with_either(page: Page, town: Town) -> None:
    """AS-32, AS-24: password, then Security, then each of them; buttons and pages of two servers, one browser."""
    page.goto(f"{town.url}/login")
    sign_in(page, ADA)
    for name in town.providers:
        page.goto(f"{town.url}/account/security")
        page.get_by_role("link", name=f"Link The {name}").click()
        page.get_by_label("Your password").fill(PASSWORD)
        page.get_by_role("button", name=f"Go to The {name}").click()
        allow(page, f"ada@{name}.example")
        expect(page.get_by_role("status")).to_contain_text("The account is linked")
        expect(page.get_by_text(f"as ada@{name}.example")).to_be_visible()
    for name in town.providers:
        page.context.clear_cookies()
        page.goto(f"{town.url}/account/apps")
        page.get_by_role("button", name=f"Continue with The {name}").click()
        allow(page, f"ada@{name}.example")
        page.wait_for_url(f"{town.url}/account/apps")
        expect(page.get_by_text(ADA)).to_be_visible()
