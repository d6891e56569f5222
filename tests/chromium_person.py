"""A person at a real Chromium: signs in, chooses on the consent page, looks at connected apps, takes one back."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest
from playwright.sync_api import BrowserContext, Page, sync_playwright

from tests.browser import launch_chromium
from tests.loopback_callback import ARRIVED

Result = TypeVar("Result")


@dataclass(frozen=True)
class Choice:
    """What the person changes on the consent form before they press Connect; None leaves it as it is offered."""

    scopes: tuple[str, ...] | None = None
    read: tuple[str, ...] | None = None
    write: tuple[str, ...] | None = None
    new_namespace: str = ""
    lifetime: int | None = None


class Chromium:
    """One browser in a thread of its own: Playwright's objects answer only where they were made."""

    def __init__(self) -> None:
        self._hands = ThreadPoolExecutor(1, "chromium")
        self._playwright = self.do(lambda: sync_playwright().start())
        self._browser = self.do(lambda: launch_chromium(self._playwright))

    def do(self, work: Callable[[], Result]) -> Result:
        """Runs `work` in the browser's thread and waits for it."""
        return self._hands.submit(work).result()

    def new_profile(self, **options: Any) -> BrowserContext:
        """A browser without cookies, as another person or another device has it; `options` are Playwright's."""
        return self.do(lambda: self._browser.new_context(**options))

    def close(self) -> None:
        """Ends the browser."""
        self.do(self._browser.close)
        self.do(self._playwright.stop)
        self._hands.shutdown()


class ChromiumPerson:
    """Somebody with an account at `issuer`, in a browser profile of their own. Methods may be called in any thread."""

    def __init__(self, chromium: Chromium, issuer: str, email: str, password: str) -> None:
        self._chromium = chromium
        self._issuer = issuer
        self.email = email
        self.password = password
        profile = chromium.new_profile()
        self._page: Page = chromium.do(profile.new_page)

    def connect(self, authorization_url: str, choice: Choice = Choice()) -> dict[str, list[str]]:
        """Opens the consent page, signs in if asked to, chooses and presses Connect.

        Gives what the page had ticked before the person touched it, by field: `scope`, `read`, `write`.
        """
        return self._chromium.do(lambda: self._connect(authorization_url, choice))

    def consent(self, choice: Choice = Choice()) -> dict[str, list[str]]:
        """The same, where the page of an app has sent the browser by itself."""
        return self._chromium.do(lambda: self._consent(choice))

    def disconnect(self, app: str) -> None:
        """Presses Disconnect on the page of connected apps, and reads there that it happened."""
        self._chromium.do(lambda: self._disconnect(app))

    def visit(self, url: str, look: Callable[[Page], Result]) -> Result:
        """Opens `url` and gives what `look` sees or does there."""
        self._chromium.do(lambda: self._page.goto(url))
        return self.see(look)

    def see(self, look: Callable[[Page], Result]) -> Result:
        """What `look` sees or does on the page that is open."""
        return self._chromium.do(lambda: look(self._page))

    def _connect(self, authorization_url: str, choice: Choice) -> dict[str, list[str]]:
        self._page.goto(authorization_url)
        offered = self._consent(choice)
        self._page.get_by_text(ARRIVED).wait_for()
        return offered

    def _consent(self, choice: Choice) -> dict[str, list[str]]:
        page = self._page
        page.wait_for_url(f"{self._issuer}/**")
        self._sign_in_if_asked()
        offered = {name: ticked(page, name) for name in ("scope", "read", "write")}
        choose(page, choice)
        password = page.get_by_label("Your password")
        if password.count():
            password.fill(self.password)
        page.locator('button[name="decision"][value="approve"]').click()
        return offered

    def _disconnect(self, app: str) -> None:
        page = self._page
        page.goto(f"{self._issuer}/account/apps")
        self._sign_in_if_asked()
        card = page.locator(".app", has=page.get_by_role("heading", name=app, exact=True))
        card.get_by_text("Disconnect", exact=True).click()
        card.get_by_role("button", name=f"Disconnect {app}").click()
        page.get_by_text("is disconnected").wait_for()

    def _sign_in_if_asked(self) -> None:
        if "/login" in self._page.url:
            self._page.get_by_label("E-mail").fill(self.email)
            self._page.get_by_label("Password").fill(self.password)
            self._page.get_by_role("button", name="Sign in").click()


def ticked(page: Page, field: str) -> list[str]:
    """The values of a form field as they stand ticked."""
    return [box.get_attribute("value") or "" for box in page.locator(f'input[name="{field}"]:checked').all()]


def choose(page: Page, choice: Choice) -> None:
    """Ticks and unticks until the form says what the person wants."""
    for field, wanted in (("scope", choice.scopes), ("read", choice.read), ("write", choice.write)):
        if wanted is not None:
            tick_exactly(page, field, wanted)
    if choice.new_namespace:
        page.get_by_text("Add another part of your memory").click()
        page.get_by_label("Its name").fill(choice.new_namespace)
    if choice.lifetime is not None:
        page.locator(f'label:has(input[name="lifetime"][value="{choice.lifetime}"])').click()


def tick_exactly(page: Page, field: str, wanted: tuple[str, ...]) -> None:
    """Leaves these boxes of a field ticked and no other; a permission that is off hides its namespaces."""
    for box in page.locator(f'label:has(input[name="{field}"][type="checkbox"])').all():
        value = box.locator("input").get_attribute("value")
        if box.is_visible():
            box.set_checked(value in wanted)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    """One Chromium, shared by the tests of a worker: take a profile of your own."""
    browser = Chromium()
    yield browser
    browser.close()
