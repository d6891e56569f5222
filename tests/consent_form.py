"""What a person's browser does on the pages: open a form, keep its hidden fields, send it."""

from html.parser import HTMLParser
from typing import Any

from starlette.testclient import TestClient

from shared.urls import origin_of

PASSWORD = "correct horse battery staple"
"""What everybody in the tests signs in with."""


class FormReader(HTMLParser):
    """The fields of the first form whose action ends in `action`, with the values a browser would send."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.action = action
        self.fields: dict[str, list[str]] = {}
        self._inside = False
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self._inside = (given.get("action") or "").partition("?")[0].endswith(self.action) and not self.fields
        elif tag == "select":
            self._select = given.get("name")
        if not self._inside:
            return
        name, kind = given.get("name"), given.get("type", "text")
        if tag == "option" and self._select and "selected" in given:
            self.fields[self._select] = [given.get("value") or ""]
        elif tag == "input" and name and (kind not in ("checkbox", "radio") or "checked" in given):
            self.fields.setdefault(name, []).append(given.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False


def form_fields(html: str, action: str) -> dict[str, list[str]]:
    """The fields of that form as they stand. Fails when there is none."""
    reader = FormReader(action)
    reader.feed(html)
    assert reader.fields, f"no form that posts to {action}: {html[:2000]}"
    return reader.fields


def consent_fields(html: str, password: str = PASSWORD) -> dict[str, list[str]]:
    """The consent form as the page ticks it, Connect pressed, with the password where the page asks for it."""
    fields = form_fields(html, "/authorize") | {"decision": ["approve"]}
    return fields | {"password": [password]} if "password" in fields else fields


def own_origin(browser: TestClient) -> dict[str, str]:
    """What a browser adds to a form post of the site's own page."""
    return {"Origin": origin_of(str(browser.base_url))}


def sign_in_browser(browser: TestClient, email: str, password: str) -> None:
    """Through the sign-in page."""
    fields = form_fields(browser.get("/login").text, "/login") | {"email": [email], "password": [password]}
    answer = browser.post("/login", data=fields, headers=own_origin(browser))
    assert answer.status_code == 303, answer.text


def approve_in_browser(
    browser: TestClient, parameters: dict[str, Any], choices: dict[str, Any], password: str = PASSWORD
) -> str:
    """Through the consent page; gives where the browser is sent."""
    page = browser.get("/authorize", params=parameters)
    assert page.status_code == 200, f"{page.status_code} {page.headers.get('location')} {page.text[:2000]}"
    fields = consent_fields(page.text, password) | choices
    answer = browser.post("/authorize", data=fields, headers=own_origin(browser))
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])
