"""Passkeys in a real Chromium with its virtual authenticator: made, used, refused, and absent without JavaScript."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.auth_harness import PASSWORD, AuthHarness, auth_settings
from tests.browser import launch_chromium
from tests.e2e.virtual_authenticator import virtual_authenticator
from tests.servers import RunningServer, free_port

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("passkeys")]
ADA = "ada@example.org"


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a server with one person runs."""
    folder, port = tmp_path_factory.mktemp("passkeys"), free_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
        auth = AuthHarness(auth_settings(folder, issuer=f"http://localhost:{port}"))
        auth.create_user(ADA)
        running = RunningServer(auth.app, port)
        yield f"http://localhost:{port}"
        running.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for the module."""
    with sync_playwright() as playwright:
        chromium = launch_chromium(playwright)
        yield chromium
        chromium.close()


def add_passkey(page: Page, origin: str) -> None:
    """Signs in with the password and makes a passkey."""
    page.goto(f"{origin}/login?next=/account/security/passkeys/new")
    page.get_by_label("E-mail").fill(ADA)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("What to call it").fill("This laptop")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Make it now").click()
    expect(page.get_by_text("The passkey is there.")).to_be_visible()


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Sign out").first.click()
    page.get_by_role("heading", name="Sign in").wait_for()


def test_a_passkey_is_made_used_and_after_its_removal_refused(browser: Browser, origin: str) -> None:
    """Web Authentication Level 3 §7.1, §7.2; AS-23: the policy lets the one script through, and nothing breaks it."""
    page = browser.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    with virtual_authenticator(page) as (session, device):
        add_passkey(page, origin)
        assert len(session.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]) == 1
        sign_out(page)
        page.get_by_role("button", name="Use a passkey").click()
        page.wait_for_url("**/account/apps")
        page.goto(f"{origin}/account/security")
        page.get_by_role("link", name="Change This laptop").click()
        page.get_by_label("Your password").fill(PASSWORD)
        page.get_by_role("button", name="Remove This laptop").click()
        expect(page.get_by_text("The passkey is removed.")).to_be_visible()
        sign_out(page)
        page.get_by_role("button", name="Use a passkey").click()
        expect(page.get_by_text("That passkey could not be used.")).to_be_visible()
    page.close()
    assert [text for text in said if "Content Security Policy" in text] == []


def test_a_device_that_does_not_verify_its_person_makes_none(browser: Browser, origin: str) -> None:
    """§5.8.6: user verification is required; the page says that nothing came of it."""
    page = browser.new_page()
    with virtual_authenticator(page) as (session, device):
        session.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
        page.goto(f"{origin}/login")
        page.get_by_role("button", name="Use a passkey").click()
        expect(page.get_by_text("No passkey was used.")).to_be_visible()
    page.close()


def test_without_javascript_there_is_no_passkey_button(browser: Browser, origin: str) -> None:
    """The password form is whole by itself."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{origin}/login")
    expect(page.get_by_role("button", name="Use a passkey")).to_have_count(0)
    page.get_by_label("E-mail").fill(ADA)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/account/apps")
    context.close()
