"""The pages where a device is connected by its code (RFC 8628)."""

from playwright.sync_api import Page

from tests.devices import Device
from tests.e2e.site import Scene, Site, give_password, sign_in

NEW = "new@example.org"


def device_enter(page: Page, site: Site) -> None:
    sign_in(page, site, NEW)
    page.goto(f"{site.url}/device")


def device_link(page: Page, site: Site) -> None:
    sign_in(page, site, NEW)
    page.goto(f"{site.url}/device?user_code={code(site)}")


def device_wrong(page: Page, site: Site) -> None:
    device_enter(page, site)
    type_code(page, "BBBB-BBBB")
    page.locator("[aria-invalid]").wait_for()


def device_consent(page: Page, site: Site) -> None:
    device_enter(page, site)
    type_code(page, code(site))
    page.get_by_role("button", name="Connect").wait_for()


def device_done(page: Page, site: Site) -> None:
    device_consent(page, site)
    give_password(page)
    page.get_by_role("button", name="Connect").click()
    page.get_by_role("heading", name="Your device is connected").wait_for()


def device_cancelled(page: Page, site: Site) -> None:
    device_consent(page, site)
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("heading", name="Nothing was connected").wait_for()


def code(site: Site) -> str:
    """What a device shows."""
    return str(Device(site.auth, client_name="Kettle").started().codes["user_code"])


def type_code(page: Page, typed: str) -> None:
    """As a person does."""
    page.get_by_label("Code").fill(typed)
    page.get_by_role("button", name="Continue").click()


DEVICE_SCENES: tuple[Scene, ...] = (
    device_enter,
    device_link,
    device_wrong,
    device_consent,
    device_done,
    device_cancelled,
)
