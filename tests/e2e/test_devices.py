"""A device without a browser, from its first request to its first memory; its person at a real Chromium."""

from typing import Any

import httpx2
import pytest
from playwright.sync_api import Page, expect

from auth_server.oauth.user_codes import GRANT_TYPE
from tests.chromium_person import Chromium, ChromiumPerson
from tests.consent_form import PASSWORD
from tests.doors import Connection, Doors
from tests.loopback import LOOPBACK

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("pages")]


def test_a_device_is_connected_by_its_code_and_remembers(doors: Doors, chromium: Chromium) -> None:
    """AS-85, RFC 8628 §1: registered, shown, typed, approved, polled, and used."""
    client_id = doors.register(client_name="Kettle", redirect_uris=[], grant_types=[GRANT_TYPE, "refresh_token"])
    codes = ask(doors, "device_authorization", client_id=client_id).json()
    person = ChromiumPerson(chromium, doors.issuer, doors.person().email, PASSWORD)
    person.visit(codes["verification_uri_complete"], sign_in(person))
    assert poll(doors, client_id, codes).json()["error"] == "authorization_pending"
    person.see(lambda page: page.get_by_role("button", name="Continue").click())
    person.consent()
    person.see(lambda page: expect(page.get_by_role("heading", name="Your device is connected")).to_be_visible())
    kettle = Connection(doors.mcp_url, client_id, poll(doors, client_id, codes).json())
    assert kettle.call("memory_store", text="Tea at ninety degrees.").status_code == 200
    assert "ninety" in kettle.call("memory_search", query="tea").text
    person.disconnect("Kettle")


def sign_in(person: ChromiumPerson) -> Any:
    """What somebody does whom the link on the device led to the sign-in page."""

    def look(page: Page) -> None:
        page.get_by_label("E-mail").fill(person.email)
        page.get_by_label("Password").fill(person.password)
        page.get_by_role("button", name="Sign in").click()

    return look


def ask(doors: Doors, endpoint: str, **form: str) -> httpx2.Response:
    """One request of the device."""
    return httpx2.post(f"{doors.issuer}/{endpoint}", data=form, **LOOPBACK)


def poll(doors: Doors, client_id: str, codes: dict[str, Any]) -> httpx2.Response:
    """Asks for the answer."""
    return ask(doors, "token", grant_type=GRANT_TYPE, device_code=codes["device_code"], client_id=client_id)
