"""Steps that the tests of the security pages share."""

from typing import Any

from sqlmodel import select
from starlette.testclient import TestClient

from auth_server.models import AuditEvent
from tests.auth_harness import PASSWORD, AuthHarness
from tests.consent_form import form_fields, own_origin

SECURITY = "/account/security"
NEW_PASSWORD = "a new one that is long enough"


def press(browser: TestClient, page: str, action: str, **changes: Any) -> Any:
    """Opens `page` and sends the form that posts to `action`, with the usual password where it asks for one."""
    shown = browser.get(page)
    assert shown.status_code == 200, shown.text
    return send(browser, shown.text, action, **changes)


def send(browser: TestClient, html: str, action: str, **changes: Any) -> Any:
    """The form of a page that is open."""
    fields: dict[str, Any] = form_fields(html, action)
    if "password" in fields:
        fields["password"] = PASSWORD
    return browser.post(action, data=fields | changes, headers=own_origin(browser))


def change_password(browser: TestClient, **changes: Any) -> Any:
    """With a new password that may be one."""
    page = f"{SECURITY}/password"
    return press(browser, page, page, **({"new_password": NEW_PASSWORD} | changes))


def second_browser(auth: AuthHarness) -> TestClient:
    """Ada, signed in elsewhere."""
    browser = auth.new_browser()
    auth.sign_in(browser=browser)
    return browser


def is_signed_in(browser: TestClient) -> bool:
    """Whether her pages open."""
    return bool(browser.get(SECURITY).status_code == 200)


def events(auth: AuthHarness, kind: str) -> list[dict[str, Any]]:
    """The facts of the audit events of one kind, oldest first."""
    with auth.database() as session:
        return [event.facts for event in session.exec(select(AuditEvent).where(AuditEvent.kind == kind))]
