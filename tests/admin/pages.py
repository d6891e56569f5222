"""The pages of administration in a test: forms filled in as a person does, and somebody whom it is about."""

import re
from typing import Any

from starlette.testclient import TestClient

from auth_server.models import User
from tests.auth_harness import PASSWORD, AuthHarness, RegisteredClient
from tests.consent_form import form_fields, own_origin

ADA = "ada@example.org"


def fill(browser: TestClient, page: str, action: str, **fields: Any) -> Any:
    """Opens a page and sends its form as a person would, with their password."""
    shown = browser.get(page)
    assert shown.status_code == 200, shown.text
    filled = form_fields(shown.text, action) | {"password": [PASSWORD]} | fields
    return browser.post(action, data=filled, headers=own_origin(browser))


def act(root: AuthHarness, place: str, word: str, **fields: Any) -> Any:
    """A grave act, by its page."""
    return fill(root.http, f"{place}/{word}", f"{place}/{word}", **fields)


def press(root: AuthHarness, place: str, word: str) -> Any:
    """An act of the thing's own page."""
    return fill(root.http, place, f"{place}/{word}")


def connected(root: AuthHarness) -> tuple[RegisteredClient, dict[str, Any]]:
    """An app that Ada uses, in a browser of hers."""
    browser = root.new_browser()
    root.sign_in(ADA, browser=browser)
    client = root.register()
    code = root.approve(client, browser=browser, choices={"read": ["secret-diary"], "write": []})["code"]
    return client, root.redeem(client, code).json()


def is_administrator(root: AuthHarness, user: User) -> bool:
    with root.database() as session:
        return session.get_one(User, user.id).is_admin


def secret_in(page: str, form: str) -> str:
    found = re.search(f"<code>({form})</code>", page)
    assert found is not None, page
    return found[1]
