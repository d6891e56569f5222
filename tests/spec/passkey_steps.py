"""Steps that the tests of passkeys share."""

import html
import re
from typing import Any

from sqlmodel import select
from starlette.testclient import TestClient

from auth_server.models import User
from tests.auth_harness import AuthHarness
from tests.software_authenticator import SoftwareAuthenticator
from tests.spec.security_steps import SECURITY, press, send
from tests.spec.sign_in_steps import EMAIL

ADD = f"{SECURITY}/passkeys/new"


def ask_for_passkey(browser: TestClient, name: str = "My phone", **changes: Any) -> Any:
    """The page whose button makes the browser ask."""
    return press(browser, ADD, ADD, name=name, **changes)


def add_passkey(browser: TestClient, device: SoftwareAuthenticator | None = None, **changes: Any) -> Any:
    """The answer to what the device made."""
    page = ask_for_passkey(browser).text
    credential = (device or SoftwareAuthenticator()).create(page)
    return send(browser, page, f"{SECURITY}/passkeys", **({"credential": credential} | changes))


def passkey_of(browser: TestClient) -> SoftwareAuthenticator:
    """A device that signs the person of this browser in."""
    device = SoftwareAuthenticator()
    assert add_passkey(browser, device).headers["location"] == f"{SECURITY}?done=passkey-added"
    return device


def use_passkey(auth: AuthHarness, device: SoftwareAuthenticator, **changes: Any) -> Any:
    """The answer to a sign-in with it, in a browser of its own unless `browser` is given."""
    browser: TestClient = changes.pop("browser", None) or auth.new_browser()
    page = browser.get(changes.pop("page", "/login")).text
    return send(browser, page, "/login/passkey", **({"credential": device.use(page)} | changes))


def forget_password(auth: AuthHarness) -> None:
    """Ada has her passkey alone."""
    with auth.database() as session:
        session.exec(select(User).where(User.email == EMAIL)).one().password_hash = ""


def sign_in_again(browser: TestClient, device: SoftwareAuthenticator, page: str) -> str:
    """Follows the link of a grave form; gives where the person is led back to."""
    link = re.search(r'href="([^"]*again=1)"', browser.get(page).text)
    assert link, browser.get(page).text
    asked = browser.get(html.unescape(link[1])).text
    answer = send(browser, asked, "/login/passkey", credential=device.use(asked))
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])
