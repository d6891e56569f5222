"""Steps that the tests of signing in share."""

from datetime import UTC, datetime
from typing import Any

from starlette.testclient import TestClient

from tests.auth_harness import AuthHarness
from tests.consent_form import form_fields, own_origin

EMAIL = "ada@example.org"
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def attempt(auth: AuthHarness, email: str = EMAIL, password: str = "wrong", **changes: Any) -> Any:
    """One sign-in form, sent from a fresh browser unless `browser` is given."""
    browser: TestClient = changes.pop("browser", None) or auth.new_browser()
    headers = own_origin(browser) | changes.pop("headers", {})
    fields = form_fields(browser.get("/login").text, "/login") | {"email": [email], "password": [password]}
    return browser.post("/login", data=fields | changes, headers=headers)


def session_cookie(auth: AuthHarness, browser: TestClient) -> str | None:
    """The value of the session cookie, if there is one."""
    return browser.cookies.get(auth.app.state.page_services.cookies.session)
