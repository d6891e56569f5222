"""Steps that the tests of authenticator apps share."""

import re
import time
from typing import Any

import pyotp
from starlette.testclient import TestClient

from tests.auth_harness import PASSWORD, AuthHarness
from tests.consent_form import own_origin
from tests.spec.security_steps import SECURITY, press, send
from tests.spec.sign_in_steps import EMAIL, attempt

AUTHENTICATOR = f"{SECURITY}/authenticator"


def set_up_app(browser: TestClient) -> tuple[pyotp.TOTP, list[str]]:
    """Through the pages: the app that the person holds afterwards, and the recovery codes they were shown."""
    page = press(browser, AUTHENTICATOR, f"{AUTHENTICATOR}/new").text
    words = re.search(r"<code>([A-Z2-7 ]+)</code>", page)
    assert words, page
    app = pyotp.TOTP(words[1].replace(" ", ""))
    shown = send(browser, page, AUTHENTICATOR, code=app.now())
    assert shown.status_code == 200, shown.text
    return app, re.findall(r"<li><code>([^<]+)</code>", shown.text)


def give_password(auth: AuthHarness, browser: TestClient, email: str = EMAIL) -> Any:
    """The page that asks for a code, after the right password."""
    answer = attempt(auth, email, PASSWORD, browser=browser)
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"].startswith("/login/code?step=")
    return browser.get(answer.headers["location"])


def give_code(auth: AuthHarness, browser: TestClient, **fields: str) -> Any:
    """Password and code, in one browser."""
    return send(browser, give_password(auth, browser).text, "/login/code", **fields)


def code_at(app: pyotp.TOTP, steps: int) -> str:
    """The code of so many half minutes from now."""
    return app.at(int(time.time()) + 30 * steps)


def send_again(browser: TestClient, fields: dict[str, Any]) -> Any:
    """The same form once more."""
    return browser.post("/login/code", data=fields, headers=own_origin(browser))
